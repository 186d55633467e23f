// What some services and hosts of a shop have beyond the usual: the keys of manifests that most people leave
// out. Whatever is absent here is absent in the manifests too.

import { sha256 } from '../../kernel/canonical.ts';
import type { ServiceConnections } from './connections.ts';
import type { SimService, SimShop } from './shop.ts';

/** How often a probe is made, and how many answers in a row count. */
export interface ProbeTerms {
  readonly periodS: number;
  readonly failures: number;
  readonly successes: number;
}

export interface ServiceExtras extends ServiceConnections {
  readonly namespace?: string;
  /** How many ended runs are kept. */
  readonly history?: number;
  /** Instead of a number. */
  readonly surgePercent?: number;
  readonly unavailablePercent?: number;
  readonly minHealthyS?: number;
  readonly deadlineS?: number;
  readonly startup?: ProbeTerms;
  readonly readiness?: ProbeTerms;
  readonly liveness?: ProbeTerms;
  /** Fields that are neither compared nor written. */
  readonly ignored?: readonly string[];
  readonly zone?: string;
  /** Runs on tainted hosts too. */
  readonly tolerates?: boolean;
  readonly maxPerHost?: number;
  /** How many ports it may take, from its port on. */
  readonly ports?: number;
  /** Names its image by digest. */
  readonly isPinned?: boolean;
  readonly pull?: 'always' | 'missing' | 'never';
  /** Its image is in no registry: somebody has imported it on these hosts. */
  readonly imported?: readonly string[];
  /** Mounts the config of another service. */
  readonly sharesConfigOf?: string;
  readonly cpus?: number;
  readonly pids?: number;
  /** The content of its config lies in a file of its own, beside the manifest. */
  readonly hasConfigFile?: boolean;
}

export interface HostRules {
  readonly zone?: string;
  readonly isTainted?: boolean;
  /** Nothing new is placed here. */
  readonly isDrained?: boolean;
  /** Counts the addresses that it had. */
  readonly address?: number;
}

export interface ShopExtras {
  /** All that exist, in the fleet or not; absent: those of the fleet. */
  readonly machines?: readonly string[];
  readonly hostRules?: ReadonlyMap<string, HostRules>;
  /** Besides the usual one. */
  readonly otherNamespace?: string;
  /** The fleet is described in one folder, followed on its own, and everything else in another one. */
  readonly isSplit?: boolean;
  /** Services in it connect to others, or may come to. */
  readonly hasConnections?: boolean;
  /** Its hosts reach each other: services connect to what runs on another one as well. */
  readonly hasMesh?: boolean;
  /** What serves others is deployed by steps: the number says by which. */
  readonly stepsFrom?: number;
}

/** The registry's digest of what was pushed first under a tag. */
export const firstDigest = (reference: string): string => `sha256:${sha256(`${reference}#1`)}`;

const probeOf = (path: string, { periodS, failures, successes }: ProbeTerms): object => ({
  http: { path, port: 8080 },
  period: `${periodS}s`,
  failureThreshold: failures,
  ...(successes === 1 ? {} : { successThreshold: successes }),
});

/** Keys of a Service besides the usual ones. */
export function extraKeys(service: SimService): object {
  const { startup, liveness, zone, tolerates, maxPerHost, pull, cpus, pids } = service;
  const placement = {
    ...(zone === undefined ? {} : { hosts: { zone } }),
    ...(tolerates === true ? { tolerations: [{ key: 'kept', value: 'free' }] } : {}),
    ...(maxPerHost === undefined ? {} : { maxPerHost }),
  };
  return {
    ...(startup === undefined ? {} : { startup: probeOf('/started', startup) }),
    ...(liveness === undefined ? {} : { liveness: probeOf('/alive', liveness) }),
    ...(Object.keys(placement).length === 0 ? {} : { placement }),
    ...(pull === undefined ? {} : { pull_policy: pull }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(pids === undefined ? {} : { pids_limit: pids }),
  };
}

export const readinessOf = (service: SimService): object =>
  probeOf('/ready', service.readiness ?? { periodS: 3, failures: 3, successes: 1 });

/** Keys of a Host besides its address. */
export function hostKeys({ isTainted, isDrained }: HostRules): object {
  return {
    ...(isTainted === true ? { taints: [{ key: 'kept', value: 'free', effect: 'NoSchedule' }] } : {}),
    ...(isDrained === true ? { schedulable: false } : {}),
  };
}

/** Whether something new of the service may come to the host. */
export function mayRunOn(shop: SimShop, service: SimService, host: string): boolean {
  const rules = shop.hostRules?.get(host) ?? {};
  return (
    shop.hosts.includes(host) &&
    rules.isDrained !== true &&
    (service.zone === undefined || service.zone === rules.zone) &&
    (service.tolerates === true || rules.isTainted !== true) &&
    (service.imported?.includes(host) ?? true)
  );
}

/** How many replicas of a service find a place in the shop, as its hosts may be used. */
export function roomFor(shop: SimShop, service: SimService): number {
  const hosts = shop.hosts.filter((host) => mayRunOn(shop, service, host)).length;
  const perHost = Math.min(
    service.port === null ? Number.POSITIVE_INFINITY : (service.ports ?? 1),
    service.maxPerHost ?? Number.POSITIVE_INFINITY,
  );
  return hosts === 0 ? 0 : hosts * perHost;
}

/** The shop once every host is used again. */
export function withAllHosts(shop: SimShop): SimShop {
  const rules = [...(shop.hostRules ?? [])].map(
    ([host, rule]) => [host, { ...rule, isDrained: false }] as const,
  );
  return { ...shop, hostRules: new Map(rules) };
}

/** One replica more than there are may find no place before another one goes. */
export const isTight = (service: SimService): boolean =>
  service.port !== null || service.maxPerHost !== undefined;

export const surgeOf = ({ surgePercent, replicas, maxSurge }: SimService): number =>
  surgePercent === undefined ? maxSurge : Math.ceil((replicas * surgePercent) / 100);

export function unavailableOf(service: SimService): number {
  const { unavailablePercent, replicas, maxUnavailable } = service;
  const most =
    unavailablePercent === undefined ? maxUnavailable : Math.floor((replicas * unavailablePercent) / 100);
  // Both none would never move.
  return surgeOf(service) === 0 ? Math.max(1, most) : most;
}
