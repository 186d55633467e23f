// One step of a host's load balancer: from what it is to be told, and what is there, to what is to be done next. Each
// part is made when those before it are seen, so a controller may die anywhere.

import { type Action, type ActionBody, actionKey, makeAction } from '../action/action.ts';
import { sha256 } from '../kernel/canonical.ts';
import type { ControllerId, HostId } from '../kernel/ids.ts';
import { BALANCER_NETWORK, BALANCER_VOLUME, balancerLabels, isOwnedBy, LABEL } from '../kernel/owner.ts';
import { type Instant, instant } from '../kernel/time.ts';
import { type HostView, hasImage } from '../observed/host-view.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { Traffic } from '../proxy/traffic.ts';
import { subnetFor, subnetsIn } from '../rollout/addressing.ts';
import type { Facts } from '../rollout/facts.ts';
import {
  type BalancerRole,
  type BalancerSettings,
  balancerRequests,
  STOP_GRACE_MS,
} from './balancer-parts.ts';
import {
  type BalancerFact,
  type BalancerMemory,
  type Identity,
  isConfirmed,
  newBalancerMemory,
  telling,
} from './told.ts';
import { toldBy } from './traffic-of.ts';

export interface BalancerInput {
  readonly now: Instant;
  readonly controller: ControllerId;
  readonly host: HostId;
  /** Where the networks that are made there have their addresses. */
  readonly networkRange: string;
  /** What services are about to do. */
  readonly planned: readonly Action[];
  readonly view: HostView;
  readonly memory: BalancerMemory | null;
  readonly fact: BalancerFact | undefined;
  readonly facts: Pick<Facts, 'failures' | 'inFlight'>;
  readonly traffic: Traffic;
  /** The certificate at hand for it; null: none. */
  readonly identity: Identity | null;
  /** The networks that it has to be in, with its address in each. */
  readonly networks: ReadonlyMap<string, string>;
  readonly settings: BalancerSettings;
  /** Other hosts can reach this one. */
  readonly isAsked: boolean;
}

export interface BalancerStep {
  readonly actions: readonly Action[];
  /** Null: it stays as it is. */
  readonly memory: BalancerMemory | null;
  /** What it waits for, and why; null: it serves by what it is to be told. */
  readonly because: string | null;
  readonly wakeAt: Instant | null;
}

const MARK_DIGITS = 12;
/** Each change starts a process in the load balancer: the one before it is up by then. */
const TELL_EVERY_MS = 1_000;
/** Raised when the same traffic must be told anew, since it is rendered in another way. */
const RULES_VERSION = 5;

/** Every mark ends with it. */
const generationOf = (mark: string | null): number => Number(/\.(\d+)$/.exec(mark ?? '')?.[1] ?? 0);

/** One step's sheet. */
class Sheet {
  readonly input: BalancerInput;
  readonly actions: Action[] = [];
  memory: BalancerMemory | null = null;
  because: string | null = null;
  wakeAt: Instant | null = null;

  constructor(input: BalancerInput) {
    this.input = input;
  }

  wake(at: Instant): void {
    if (this.wakeAt === null || at < this.wakeAt) this.wakeAt = at;
  }

  waits(because: string | null): void {
    this.because ??= because;
  }

  /** Asks for an action unless it is being done, or failed a moment ago. */
  act(object: string, because: string, body: ActionBody): void {
    const { host, facts, now } = this.input;
    const failure = facts.failures.get(actionKey(host, body.kind, object));
    if (failure !== undefined && (failure.retryAt === null || failure.retryAt > now)) {
      this.waits(`${failure.problem.message} (${failure.problem.code})`);
      if (failure.retryAt !== null) this.wake(failure.retryAt);
      return;
    }
    this.waits(because);
    this.actions.push(makeAction({ host, service: null, object, because }, body));
  }

  ours(role: BalancerRole): readonly ObservedContainer[] {
    const { view, controller } = this.input;
    return [...view.containers.values()].filter(
      ({ labels }) => isOwnedBy(labels, controller) && labels[LABEL.kind] === role,
    );
  }
}

function prerequisites(sheet: Sheet): boolean {
  const { view, settings, controller, host, facts, networkRange, planned } = sheet.input;
  const why = 'the load balancer of this host needs it';
  if (!hasImage(view, settings.image))
    sheet.act(settings.image, why, { kind: 'pullImage', image: settings.image });
  const there = [view.networks.get(BALANCER_NETWORK), view.volumes.get(BALANCER_VOLUME)];
  const [network, volume] = there;
  // An engine makes a volume that is removed while a container that mounts it is made: without labels.
  const isOfEngine = volume !== undefined && Object.keys(volume.labels).length === 0;
  if (
    [network, isOfEngine ? undefined : volume].some(
      (one) => one !== undefined && !isOwnedBy(one.labels, controller),
    )
  )
    sheet.waits(`a foreign network or volume on ${host} has the name ${BALANCER_NETWORK}: remove it`);
  if (!view.networks.has(BALANCER_NETWORK)) {
    const refusals = facts.failures.get(actionKey(host, 'createNetwork', BALANCER_NETWORK))?.count ?? 0;
    const taken = subnetsIn(planned, host, BALANCER_NETWORK);
    const subnet = subnetFor(BALANCER_NETWORK, { networkRange }, view, refusals, taken);
    const labels = balancerLabels(controller, 'balancer');
    sheet.act(BALANCER_NETWORK, why, { kind: 'createNetwork', name: BALANCER_NETWORK, labels, subnet });
  }
  if (!view.volumes.has(BALANCER_VOLUME)) {
    const labels = balancerLabels(controller, 'balancer');
    sheet.act(BALANCER_VOLUME, why, { kind: 'createVolume', name: BALANCER_VOLUME, labels });
  }
  return sheet.actions.length === 0 && sheet.because === null;
}

const RUNS: ReadonlySet<ObservedContainer['status']> = new Set(['running', 'restarting', 'paused']);

function end(sheet: Sheet, { id, name, status }: ObservedContainer, why: string): void {
  if (RUNS.has(status)) sheet.act(name, why, { kind: 'stopContainer', id, graceMs: STOP_GRACE_MS });
  else if (status !== 'removing') sheet.act(name, why, { kind: 'removeContainer', id });
}

/** The container of a role, running; null while it is not there yet. */
function part(
  sheet: Sheet,
  role: BalancerRole,
  anchor: ObservedContainer | null = null,
): ObservedContainer | null {
  const { controller, settings, isAsked } = sheet.input;
  const request = balancerRequests(controller, settings, isAsked)[role];
  const all = sheet.ours(role);
  const isOther = ({ name, sharesNetworkOf }: ObservedContainer): boolean =>
    name !== request.name || sharesNetworkOf !== (anchor?.id ?? null);
  const other = all.find(isOther);
  if (other !== undefined) {
    end(sheet, other, 'another one takes its place');
    return null;
  }
  const [there] = all;
  const why = 'services here connect to others';
  if (there === undefined || there.status === 'created') {
    sheet.act(request.name, why, { kind: 'runContainer', request });
    return null;
  }
  if (there.status === 'running') return there;
  if (there.status === 'restarting') sheet.waits(`${there.name} is being started again by its engine`);
  else sheet.act(there.name, 'it has stopped', { kind: 'startContainer', id: there.id });
  return null;
}

function join(sheet: Sheet, anchor: ObservedContainer): void {
  const { networks } = sheet.input;
  for (const [network, address] of networks) {
    const there = anchor.networks[network];
    if (there?.address === address) continue;
    // Its network may have been made anew, with other addresses: that the last one was refused says nothing about this one.
    sheet.act(`${anchor.name} to ${network} as ${address}`, `requests come from ${network} or go there`, {
      kind: 'connectNetwork',
      id: anchor.id,
      network,
      aliases: [],
      address,
    });
  }
  for (const network of Object.keys(anchor.networks)) {
    if (network === BALANCER_NETWORK || networks.has(network)) continue;
    sheet.act(`${anchor.name} from ${network}`, 'nothing comes from there or goes there any more', {
      kind: 'disconnectNetwork',
      id: anchor.id,
      network,
    });
  }
}

/** In the anchor's network namespace as it is now: a restart gives the anchor another one. */
function proxyIn(sheet: Sheet, anchor: ObservedContainer): ObservedContainer | null {
  const proxy = part(sheet, 'proxy', anchor);
  if (proxy === null) return null;
  if ((proxy.startedAt ?? 0) < (anchor.startedAt ?? 0)) {
    sheet.act(proxy.name, 'its anchor was started again', {
      kind: 'restartContainer',
      id: proxy.id,
      graceMs: 0,
    });
    return null;
  }
  return proxy;
}

/** Something was told a moment ago. What a clock that was set back has in the future is no reason. */
function mustPause(sheet: Sheet, { told }: BalancerMemory): boolean {
  const { now } = sheet.input;
  const at = told.at(-1)?.at;
  if (at === undefined || at > now || now >= at + TELL_EVERY_MS) return false;
  sheet.waits('it was told something a moment ago');
  sheet.wake(instant(at + TELL_EVERY_MS));
  return true;
}

function tell(sheet: Sheet, proxy: ObservedContainer): void {
  const { traffic, fact, facts, now, host } = sheet.input;
  const before = sheet.input.memory ?? newBalancerMemory(host);
  // A store that was lost or restored knows less than what serves, and rules of an older generation are not taken.
  if (fact === undefined || fact.problem !== null) {
    sheet.waits(fact?.problem?.message ?? 'it is being asked what it serves by');
    return;
  }
  if (traffic.mesh !== null && traffic.identity === null) {
    sheet.waits('its certificate is being made');
    return;
  }
  if ([...facts.inFlight].some((key) => key.startsWith(actionKey(host, 'tellBalancer', '')))) {
    sheet.waits('it is being told');
    return;
  }
  // Made by the same lines each time, its keys are in the same order.
  const content = sha256(JSON.stringify({ version: RULES_VERSION, traffic })).slice(0, MARK_DIGITS);
  // By rules that this store does not know of: those that it does would be taken for old.
  const isBehind = generationOf(fact.mark) > before.generation;
  const isNew = before.content !== content || before.told.length === 0 || isBehind;
  if (!isNew && isConfirmed(before, fact)) return;
  if (isNew && mustPause(sheet, before)) return;
  const generation = isNew ? Math.max(before.generation, generationOf(fact.mark)) + 1 : before.generation;
  const mark = `${content}.${generation}`;
  const told = { mark, at: now, ...toldBy(traffic), identity: sheet.input.identity };
  if (isNew) sheet.memory = telling({ ...before, generation, content }, fact, told);
  // Each set of rules by a name of its own: one that was refused says nothing about the next.
  sheet.act(mark, isNew ? 'who answers has changed' : 'it does not serve by them', {
    kind: 'tellBalancer',
    id: proxy.id,
    traffic,
    mark,
    generation,
  });
}

/** One of our containers that reaches others, also where no row knows of it yet. */
const reachesOthers = ({ view, controller }: BalancerInput): boolean =>
  [...view.containers.values()].some(
    ({ labels, status }) =>
      isOwnedBy(labels, controller) && RUNS.has(status) && (labels[LABEL.doors] ?? '') !== '',
  );

/** Nothing comes through here any more. What it was told goes with it: a new one begins with nothing. */
function clear(sheet: Sheet): void {
  if (reachesOthers(sheet.input)) return;
  const [proxy] = sheet.ours('proxy');
  const last = proxy ?? sheet.ours('anchor')[0];
  if (last !== undefined) end(sheet, last, 'no service here connects to another one any more');
}

export function stepBalancer(input: BalancerInput): BalancerStep {
  const sheet = new Sheet(input);
  const isNeeded = input.traffic.doors.length > 0 || input.traffic.pools.length > 0;
  if (input.view.state !== 'fresh') sheet.waits(isNeeded ? `${input.host} is ${input.view.state}` : null);
  else if (!isNeeded) clear(sheet);
  else if (prerequisites(sheet)) {
    const anchor = part(sheet, 'anchor');
    if (anchor !== null) {
      join(sheet, anchor);
      const proxy = proxyIn(sheet, anchor);
      if (proxy !== null) tell(sheet, proxy);
    }
  }
  return {
    actions: sheet.actions,
    memory: sheet.memory,
    because: sheet.because,
    wakeAt: sheet.wakeAt,
  };
}
