// Services that connect to each other, on a stage for rollouts, and what must hold of their traffic at every step.

import type { ConnectionSpec } from '../../src/desired/container.ts';
import { RootId, ServiceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import type { Plan, World } from '../../src/plan/world.ts';
import { type Identity, mayServeBy } from '../../src/traffic/told.ts';
import { host, type ServiceWords, service, world } from '../plan/world.ts';
import { type Behaviour, Stage } from '../rollout/stage.ts';

const ROOT = RootId.parse('0'.repeat(12));

export const to = (name: string, port = 8080): ConnectionSpec => ({
  service: ServiceKey.parse(`shop/${name}`),
  port,
  names: [name, `${name}.shop`],
});

export function serving(name: string, words: ServiceWords = {}) {
  const change = { serves: [{ port: 8080, protocol: 'http' as const }], ...words.change };
  return service(name, { ...words, change });
}

export const connecting = (name: string, connects: readonly ConnectionSpec[], words: ServiceWords = {}) =>
  service(name, { ...words, container: { connects, ...words.container } });

/** Every rule that a load balancer may lead somebody by who is there, as `HOST: POOL REPLICA`. */
function served({ memory, balancers }: World): readonly string[] {
  const asked = new Set(
    [...memory.services.values()]
      .filter(({ instances }) => instances.length > 0)
      .flatMap(({ doors }) => doors.map((door) => door.service.replace('/', '.'))),
  );
  return [...memory.balancers.values()].flatMap((row) =>
    (mayServeBy(row, balancers.get(row.host)) ?? [])
      .flatMap((told) => told.serving)
      .filter((rule) => asked.has(rule.split(':')[0] ?? ''))
      .map((rule) => `${row.host}: ${rule}`),
  );
}

/** A stage that looks at every step whether requests may go where nobody answers. */
export class TrafficStage extends Stage {
  readonly broken: string[] = [];
  /** When load balancers were told something. */
  readonly toldAt: number[] = [];

  override step(): Plan {
    const before = this.world;
    const plan = super.step();
    for (const action of plan.actions) {
      if (action.kind === 'tellBalancer') this.toldAt.push(before.now);
      if (action.kind !== 'stopContainer') continue;
      const rule = served(before).find((one) => one.endsWith(` ${action.object}`));
      if (rule !== undefined)
        this.broken.push(`${action.object} was stopped while requests go there: ${rule}`);
    }
    return plan;
  }

  /** By which replicas the newest rules of a host answer for a pool. */
  answering(id: string, pool: string): readonly string[] {
    const row = [...this.world.memory.balancers.values()].find((one) => one.host === id);
    const newest = row?.told.at(-1)?.serving ?? [];
    return newest.flatMap((one) => (one.startsWith(`${pool} `) ? [one.slice(pool.length + 1)] : []));
  }
}

/** A certificate for a host, as the controller holds it in its memory. */
const identity = (id: string): Identity => ({
  id: `certificate of ${id}`,
  by: ROOT,
  startsAt: instant(0),
  expiresAt: instant(Number.MAX_SAFE_INTEGER),
  trusts: [ROOT],
});

/** For services that run on this host of a mesh only. */
export const only = (id: string) => ({
  placement: {
    hosts: [{ key: 'name', operator: 'In' as const, values: [id] }],
    tolerations: [],
    maxPerHost: null,
  },
});

/** On hosts that reach each other. */
export function meshOf(services: Parameters<typeof world>[1], ...ids: readonly string[]): TrafficStage {
  const hosts = ids.map((id, at) =>
    host(id, {
      networkRange: '10.201.0.0/16',
      meshAddress: `192.0.2.${at + 1}`,
      labels: { name: id },
    }),
  );
  const identities = new Map(hosts.map(({ id }) => [id, identity(id)]));
  return new TrafficStage({ ...world(hosts, services), identities });
}

export const stageOf = (
  services: Parameters<typeof world>[1],
  behaviours: Readonly<Record<string, Behaviour>> = {},
): TrafficStage =>
  new TrafficStage(world([host('h1', { networkRange: '10.201.0.0/16' })], services), behaviours);
