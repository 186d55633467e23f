// A store that was lost is filled again from labels, host by host.

import { describe, expect, it } from 'vitest';
import { HostId, SourceId } from '../../src/kernel/ids.ts';
import { invariant } from '../../src/kernel/invariant.ts';
import { adoptFromLabels } from '../../src/plan/adopt.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { EMPTY_MEMORY, type Memory } from '../../src/plan/world.ts';
import { Stage } from '../rollout/stage.ts';
import { host, service, world } from './world.ts';

const HOSTS = [host('h1'), host('h2')];
const main = (): SourceId => SourceId.parse('main');
const ids = (...names: string[]): ReadonlySet<HostId> => new Set(names.map((name) => HostId.parse(name)));

const DATA = { kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false };

describe('containers that no row explains', () => {
  const stage = new Stage(world(HOSTS, [service('api', { replicas: 4 })])).settle();
  const { observed, desired, now, memory } = stage.world;
  const whole = stage.memory();

  it('are taken on as instances of their service', () => {
    const { rows, count } = adoptFromLabels(observed, desired, EMPTY_MEMORY, ids('h1', 'h2'), main, now);
    expect(count).toBe(4);
    expect(rows.map((r) => [r.target, r.stable, r.instances.length])).toEqual([
      [whole.target, whole.target, 4],
    ]);
  });

  it('are left alone where the rows know them', () => {
    const { rows } = adoptFromLabels(observed, desired, memory, ids('h1', 'h2'), main, now);
    expect(rows).toEqual([]);
  });

  it('of a host that answers only later join those that were taken on before', () => {
    const first = adoptFromLabels(observed, desired, EMPTY_MEMORY, ids('h1'), main, now);
    const services = new Map(first.rows.map((row) => [row.key, row]));
    const known = { ...EMPTY_MEMORY, services };
    const later = adoptFromLabels(observed, desired, known, ids('h2'), main, now);
    expect([first.count, later.count]).toEqual([2, 2]);
    expect(later.rows[0]?.instances.map((i) => i.host).sort()).toEqual(['h1', 'h1', 'h2', 'h2']);
  });

  it('count alone, beside a row of an older store whose container has stopped since', () => {
    const writer = (tag: number) =>
      service('db', { image: `registry.test/shop/db:${tag}`, container: { mounts: [DATA], restart: 'no' } });
    const db = new Stage(world([host('h1')], [writer(1)])).settle();
    const backup = adoptFromLabels(db.world.observed, db.world.desired, EMPTY_MEMORY, ids('h1'), main, now);
    db.commit(writer(2)).settle();
    const known = { ...EMPTY_MEMORY, services: new Map(backup.rows.map((row) => [row.key, row])) };
    const { rows } = adoptFromLabels(db.world.observed, db.world.desired, known, ids('h1'), main, now);
    expect(rows.map(({ target, replicas }) => ({ target, replicas }))).toEqual([
      { target: db.memory('shop/db').target, replicas: 1 },
    ]);
  });

  it('of a service that was removed count its runs on', () => {
    const removed = { ...EMPTY_MEMORY, lastRuns: new Map([[whole.key, 7]]) };
    const { rows } = adoptFromLabels(observed, desired, removed, ids('h1', 'h2'), main, now);
    expect(rows.map((row) => row.sequence)).toEqual([7]);
  });
});

describe('a service that was only found by its labels', () => {
  const stage = new Stage(world(HOSTS, [service('api', { replicas: 2 })])).settle();
  const { observed, now } = stage.world;
  const elsewhere = SourceId.parse('elsewhere');
  const found = (sources: readonly SourceId[]) => {
    const nothing = { ...stage.world.desired, services: new Map() };
    const { rows } = adoptFromLabels(observed, nothing, EMPTY_MEMORY, ids('h1', 'h2'), main, now);
    const services = new Map(rows.map((row) => [row.key, row]));
    const settings = { ...stage.world.settings, sources: new Set(sources) };
    const lost = { ...stage.world, desired: nothing, memory: { ...EMPTY_MEMORY, services }, settings };
    return reconcile(lost, new Set(services.keys()));
  };

  it('is removed where no source wants it', () => {
    expect(found([main()]).actions.map((a) => a.kind)).toEqual(['stopContainer', 'stopContainer']);
  });

  it('that is already being removed goes on leaving, whatever is not read', () => {
    const nothing = { ...stage.world.desired, services: new Map() };
    const settings = { ...stage.world.settings, sources: new Set([main(), elsewhere]) };
    const [row] = [...stage.world.memory.services.values()];
    invariant(row !== undefined, 'the service has a row');
    // What a step towards its removal has left: decided, and aiming at nothing.
    const leaving = { ...row, target: null, specHash: null };
    const memory = { ...stage.world.memory, services: new Map([[row.key, leaving]]) };
    const { actions } = reconcile({ ...stage.world, desired: nothing, settings, memory }, new Set([row.key]));
    expect(actions.map((a) => a.kind)).toEqual(['stopContainer', 'stopContainer']);
  });

  it('is left as it is while a source that may want it is not read', () => {
    const { actions, blocked } = found([main(), elsewhere]);
    expect(actions).toEqual([]);
    expect([...blocked.values()].flat().map((b) => b.because)).toEqual([
      'source elsewhere is not read: left as it is',
    ]);
  });
});

describe('a volume that the store does not know', () => {
  const mounts = [{ kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false }];
  const db = service('db', { container: { mounts } });
  const unmet = (stage: Stage, ...names: string[]): Stage => {
    const settings = { ...stage.world.settings, unmetHosts: ids(...names) };
    stage.world = { ...stage.world, settings };
    return stage;
  };

  it('is not made anew while a host that may hold it has never answered', () => {
    const stage = unmet(new Stage(world(HOSTS, [db, service('web')])), 'h2')
      .host('h2', 'unreachable')
      .settle();
    expect(stage.runs()).toBe('web:1 ×1');
    expect(stage.blocked('shop/db')).toMatch(/its volume may lie on h2, which has not answered yet/);
    expect(unmet(stage).host('h2', 'fresh').settle().runs()).toBe('db:1 ×1, web:1 ×1');
  });

  it('is used where it is known to lie, whoever is silent', () => {
    const stage = new Stage(world(HOSTS, [db])).settle();
    stage.meddle(() => null);
    expect(unmet(stage, 'h2').settle().runs()).toBe('db:1 ×1');
  });
});

describe('a store that was set back', () => {
  const api = (tag: number) => service('api', { replicas: 3, image: `registry.test/shop/api:${tag}` });
  /** The store is that of `backup` again, and has met every host. */
  function setBack(stage: Stage, backup: Memory): Stage {
    const { observed, desired, now } = stage.world;
    const { rows } = adoptFromLabels(observed, desired, backup, ids('h1', 'h2'), main, now);
    const services = new Map([...backup.services, ...rows.map((row) => [row.key, row] as const)]);
    stage.world = { ...stage.world, memory: { ...backup, services } };
    return stage;
  }
  const restarted = (stage: Stage): Stage => stage.meddle((c) => ({ ...c, restartCount: 5 }));

  it('deploys what runs since the backup, whatever had failed in it before', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).settle();
    const { memory } = stage.world;
    restarted(stage.commit(api(2)).settle());
    setBack(stage, memory).settle();
    expect(stage.runs()).toBe('api:2 ×3');
    expect(stage.memory()).toMatchObject({ quarantine: [], rollout: { phase: 'succeeded' } });
  });
});

describe('a replica of a backup that was made anew since', () => {
  it('gives way to its later attempt: no replica is there twice', () => {
    const stage = new Stage(world(HOSTS, [service('api', { replicas: 2 })])).settle();
    const { observed, desired, now, memory } = stage.world;
    const [row] = [...memory.services.values()];
    invariant(row !== undefined, 'the service has a row');
    // The backup is of a time before each of them was tried a second time.
    const early = row.instances.map((i) => ({ ...i, attempt: i.attempt - 1 }));
    const backup = { ...memory, services: new Map([[row.key, { ...row, instances: early }]]) };
    const { rows } = adoptFromLabels(observed, desired, backup, ids('h1', 'h2'), main, now);
    const running = rows.flatMap(({ instances }) => instances.filter((i) => i.intent === 'run'));
    expect(running.map((i) => [i.ordinal, i.attempt])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});

describe('what failed before its container was found', () => {
  it('does not count against it: a replica that dies later is started at once', () => {
    const stage = new Stage(world(HOSTS, [service('api', { replicas: 4 })])).settle();
    stage.meddle((c) => ({ ...c, restartCount: 5 }));
    const { observed, desired, now, memory } = stage.world;
    const { rows } = adoptFromLabels(observed, desired, EMPTY_MEMORY, ids('h1', 'h2'), main, now);
    const services = new Map(rows.map((row) => [row.key, row]));
    stage.world = { ...stage.world, memory: { ...memory, services } };
    stage.step();
    expect(stage.memory().instances.map((i) => [i.faults, i.retryAt])).toEqual(Array(4).fill([0, null]));
  });
});
