// How a service gets from one revision to another, and what happens when it does not.

import { describe, expect, it } from 'vitest';
import type { DesiredService } from '../../src/desired/desired.ts';
import { unknownHost } from '../../src/observed/host-view.ts';
import { observe } from '../../src/observed/observed.ts';
import { CONTROLLER, host, type ServiceWords, service, world } from '../plan/world.ts';
import { type Behaviour, Stage } from './stage.ts';

const HOSTS = [host('h1'), host('h2'), host('h3')];
const api = (version: number | string, words: ServiceWords = {}): DesiredService =>
  service('api', { replicas: 3, ...words, image: `registry.test/shop/api:${version}` });

function deployed(behaviours: Record<string, Behaviour> = {}, words: ServiceWords = {}): Stage {
  return new Stage(world(HOSTS, [api(1, words)]), behaviours).settle();
}

describe('an update', () => {
  it('brings every replica to the new revision and is remembered as stable', () => {
    const stage = deployed().commit(api(2)).settle();
    expect(stage.runs()).toBe('api:2 ×3');
    expect(stage.memory().rollout?.phase).toBe('succeeded');
    expect(stage.memory().stable).toBe(stage.memory().target);
  });

  it('never has fewer than 3 or more than 4 containers of 3 replicas', () => {
    const stage = deployed();
    stage.running.length = 0;
    stage.commit(api(2)).settle();
    expect(Math.min(...stage.running)).toBe(3);
    expect(Math.max(...stage.running)).toBe(4);
  });

  it('is superseded by a newer commit, and nothing of it stays', () => {
    const stage = deployed().commit(api(2));
    stage.step();
    stage.step();
    stage.commit(api(3)).settle();
    expect(stage.runs()).toBe('api:3 ×3');
  });

  it('changes no container when only replicas, rollout or placement change', () => {
    const stage = deployed();
    stage.played.length = 0;
    stage
      .commit(
        api(1, {
          rollout: { minHealthyMs: 1_000 },
          change: { probes: { startup: null, readiness: null, liveness: null } },
        }),
      )
      .settle();
    expect(stage.played).toEqual([]);
    stage.commit(api(1, { replicas: 4 })).settle();
    expect(stage.played.map((p) => p.split(' ')[0])).toEqual(['runContainer']);
  });

  it('scales down to the wanted number', () => {
    const stage = deployed()
      .commit(api(1, { replicas: 1 }))
      .settle();
    expect(stage.runs()).toBe('api:1 ×1');
  });

  it('of a service that was removed and is wanted again counts its runs on', () => {
    const stage = deployed().commit(api(2)).settle();
    stage.commit().settle();
    expect(stage.world.memory.services.size).toBe(0);
    stage.commit(api(3)).settle();
    expect(stage.memory().sequence).toBe(3);
  });

  it('counts its runs on also where its row went while its host was silent', () => {
    const stage = deployed().commit(api(2)).settle();
    stage.world = { ...stage.world, settings: { ...stage.world.settings, keepStoppedMs: 60_000 } };
    stage.commit().settle(30_000);
    // The controller begins anew and has not seen the hosts yet.
    const { observed } = stage.world;
    const unseen = [...observed.hosts.values()].map(({ host: id }) => unknownHost(id, stage.now));
    stage.world = { ...stage.world, observed: observe(unseen, CONTROLLER) };
    stage.step();
    expect(stage.world.memory.services.size).toBe(0);
    stage.world = { ...stage.world, observed };
    stage.settle().commit(api(3)).settle();
    expect(stage.memory().sequence).toBe(3);
  });

  it('with recreate stops all before it starts any', () => {
    const stage = deployed({}, { rollout: { strategy: 'recreate' } });
    stage.played.length = 0;
    stage.commit(api(2, { rollout: { strategy: 'recreate' } })).settle();
    const kinds = stage.played.map((p) => p.split(' ')[0]);
    expect(kinds.lastIndexOf('stopContainer')).toBeLessThan(kinds.indexOf('runContainer'));
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('stops one first where a fixed host port leaves no room', () => {
    const ports = [
      { target: 80, protocol: 'tcp' as const, published: { from: 80, to: 80 }, hostIp: '0.0.0.0' },
    ];
    const stage = deployed({}, { container: { ports } })
      .commit(api(2, { container: { ports } }))
      .settle();
    expect(stage.runs()).toBe('api:2 ×3');
    expect(Math.min(...stage.running.slice(3))).toBeGreaterThanOrEqual(2);
  });
});

describe('a bad revision', () => {
  const bad: readonly [Behaviour, RegExp][] = [
    ['crashing', /3 failures in a row/],
    ['unhealthy', /failures in a row/],
    ['starting', /no progress for 10m/],
    ['no-such-command', /engine\/rejected/],
    ['wrong-password', /image\/auth/],
  ];

  it.each(bad)(
    'that is %s is rolled back, quarantined and explained, with 3 replicas all the time',
    (behaviour, because) => {
      const stage = deployed({ 'api:bad': behaviour });
      stage.running.length = 0;
      stage.commit(api('bad')).settle();
      expect(stage.runs()).toBe('api:1 ×3');
      expect(Math.min(...stage.running)).toBeGreaterThanOrEqual(3);
      expect(stage.memory().rollout).toMatchObject({
        phase: 'rolledBack',
        because: expect.stringMatching(because),
      });
      expect(stage.blocked()).toMatch(/quarantined/);
    },
  );

  it('whose predecessor cannot be stopped is given up, and what is still there is named', () => {
    const stage = deployed({ 'api:1': 'unstoppable' }).commit(api(2)).settle();
    expect(stage.memory().rollout).toMatchObject({
      phase: 'rolledBack',
      because: expect.stringMatching(/^no progress for 10m: shop\.api\.\S+ on h\d is still there$/),
    });
  });

  it('that becomes available again and again, and ends each time, makes no progress', () => {
    const stage = deployed().commit(api('flaky'));
    stage.step();
    const flaky = `.${stage.memory().target}.`;
    // Of those that have come so far one works at a time, each for half a minute.
    for (let n = 0; n < 40 && stage.memory().rollout?.phase !== 'rollingBack'; n += 1) {
      const news = stage.containers().filter(({ name }) => name.includes(flaky));
      const working = news[n % Math.max(1, news.length)]?.id;
      stage.meddle((c) =>
        c.name.includes(flaky) ? { ...c, status: c.id === working ? 'running' : 'restarting' } : c,
      );
      stage.step();
      stage.wait(30_000).step();
    }
    expect(stage.memory().rollout).toMatchObject({
      phase: 'rollingBack',
      because: expect.stringMatching(/no progress for 10m/),
    });
  });

  it.each([11, 13, 16, 17, 19])(
    'is not what is slow to start, although one replica of it ends once, after %i minutes',
    (endsAfter) => {
      const stage = deployed().commit(api('slow'));
      const startedAt = new Map<string, number>();
      for (let minute = 0; minute < 45; minute += 1) {
        stage.wait(60_000).step();
        const slow = stage
          .containers()
          .filter(({ name }) => name.includes(`.${stage.memory().rollout?.to}.`));
        for (const { name } of slow) if (!startedAt.has(name)) startedAt.set(name, minute);
        const [first] = startedAt.keys();
        if (minute === endsAfter && first !== undefined) startedAt.set(first, minute);
        // It takes six minutes until it is well.
        const isWell = (name: string): boolean => minute - (startedAt.get(name) ?? 0) >= 6;
        stage.meddle((c) =>
          startedAt.has(c.name) ? { ...c, health: isWell(c.name) ? 'healthy' : 'starting' } : c,
        );
      }
      expect(stage.memory().rollout?.phase).toBe('succeeded');
    },
  );

  it('is not what ends once a day while a host is silent', () => {
    const stage = deployed();
    const lost = stage.memory().instances[0]?.host ?? '';
    stage.host(lost, 'unreachable').commit(api(2));
    for (let day = 0; day < 6; day += 1) {
      for (let n = 0; n < 10; n += 1) stage.wait(60_000).step();
      const isNew = (name: string): boolean => name.includes(`.${stage.memory().rollout?.to}.`);
      const [ill] = stage.containers().filter((c) => isNew(c.name));
      const restarts = (ill?.restartCount ?? 0) + 1;
      stage
        .meddle((c) =>
          c.id === ill?.id ? { ...c, status: 'restarting', exitCode: 137, restartCount: restarts } : c,
        )
        .step();
      stage.meddle((c) => (c.id === ill?.id ? { ...c, status: 'running' } : c)).step();
      stage.wait(24 * 3_600_000).step();
    }
    expect(stage.memory().rollout?.phase).toBe('progressing');
  });

  it('is not deployed again by an unrelated commit', () => {
    const stage = deployed({ 'api:bad': 'crashing' }).commit(api('bad')).settle();
    stage.played.length = 0;
    stage.commit(api('bad'), service('web')).settle();
    expect(stage.played.filter((p) => p.includes('api'))).toEqual([]);
  });

  it('gives way to the next good commit without any manual step', () => {
    const stage = deployed({ 'api:bad': 'crashing' }).commit(api('bad')).settle().commit(api(2)).settle();
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('is tried again after `retry`', () => {
    const stage = deployed({ 'api:bad': 'crashing' }).commit(api('bad')).settle();
    stage.played.length = 0;
    stage.command({ kind: 'retry' }).settle();
    expect(stage.played.some((p) => p.startsWith('runContainer'))).toBe(true);
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('on the first deployment stops what does not work, and the next commit goes through', () => {
    const stage = new Stage(world(HOSTS, [api('bad')]), { 'api:bad': 'crashing' }).settle();
    expect(stage.memory().rollout?.phase).toBe('failed');
    expect(stage.containers().filter((c) => c.status !== 'exited')).toEqual([]);
    stage.commit(api(1)).settle();
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('with onFailure pause waits for a person, and abort goes back', () => {
    const words: ServiceWords = { rollout: { onFailure: 'pause' } };
    const stage = deployed({ 'api:bad': 'crashing' }, words).commit(api('bad', words)).settle();
    expect(stage.memory().rollout?.phase).toBe('paused');
    stage.command({ kind: 'abort' }).settle();
    expect(stage.runs()).toBe('api:1 ×3');
  });
});

describe('commands', () => {
  it('pause stops the movement, resume goes on', () => {
    const stage = deployed().commit(api(2));
    stage.step();
    stage.step();
    stage.command({ kind: 'pause' }).settle();
    expect(stage.runs()).not.toBe('api:2 ×3');
    stage.command({ kind: 'resume' }).settle();
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('rollback pins the earlier revision until the manifest changes', () => {
    const stage = deployed();
    const first = stage.memory().target;
    stage.commit(api(2)).settle();
    const specHash = stage.world.desired.services.get(stage.memory().key)?.specHash ?? null;
    stage.command({ kind: 'rollback', to: first, specHash }).settle();
    expect(stage.runs()).toBe('api:1 ×3');
    expect(stage.blocked()).toMatch(/rolled back by user:test/);
    stage.commit(api(3)).settle();
    expect(stage.runs()).toBe('api:3 ×3');
  });

  it('rollback while the source cannot be read holds until what it says is another manifest', () => {
    const stage = deployed();
    const first = stage.memory().target;
    stage.commit(api(2)).settle();
    stage.command({ kind: 'rollback', to: first, specHash: null });
    expect(stage.commit(api(2)).settle().runs()).toBe('api:1 ×3');
    expect(stage.commit(api(3)).settle().runs()).toBe('api:3 ×3');
  });

  it('restart replaces every container of the same revision, new ones first', () => {
    const stage = deployed();
    const before = new Set(stage.containers().map((c) => c.id));
    stage.running.length = 0;
    stage.wait(1_000).command({ kind: 'restart', pull: false }).settle();
    expect(stage.containers().filter((c) => c.status === 'running' && before.has(c.id))).toEqual([]);
    expect(Math.min(...stage.running)).toBe(3);
  });

  it.each([1, 2])('restart %i that fails is over, and is not begun again by itself', (times) => {
    const stage = deployed().becomes('api:1', 'crashing');
    for (let n = 0; n < times; n += 1) stage.wait(1_000).command({ kind: 'restart', pull: false }).settle();
    expect(stage.memory().rollout).toMatchObject({ kind: 'restart', phase: 'failed', sequence: 1 + times });
  });

  it('restart is not done again by the rollback of a deployment that came in between', () => {
    const stage = deployed({ 'api:bad': 'crashing' });
    const before = stage.containers().map((c) => c.id);
    stage.wait(1_000).command({ kind: 'restart', pull: false });
    stage.commit(api('bad')).settle();
    const running = stage.containers().filter((c) => c.status === 'running');
    expect(stage.runs()).toBe('api:1 ×3');
    expect(running.filter((c) => before.includes(c.id)).length).toBeGreaterThan(0);
  });
});

describe('a host that does not answer', () => {
  it('makes its instances wait; nothing is started elsewhere', () => {
    const stage = deployed();
    stage.played.length = 0;
    stage.host('h3', 'unreachable').settle();
    expect(stage.played).toEqual([]);
    expect(stage.blocked()).toMatch(/host h3 is unreachable/);
  });

  it('in mid-rollout delays the end without failing it, however long it takes', () => {
    const stage = deployed().commit(api(2));
    stage.step();
    stage.host('h3', 'unreachable');
    for (let n = 0; n < 20; n += 1) stage.wait(300_000).step();
    expect(stage.memory().rollout?.phase).toBe('progressing');
    stage.host('h3', 'fresh').settle();
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('keeps what recreates from being stopped for nothing, until it is back', () => {
    const words = { rollout: { strategy: 'recreate' as const } };
    const stage = deployed({}, words).host('h3', 'unreachable');
    stage.played.length = 0;
    stage.commit(api(2, words)).settle();
    expect(stage.played.filter((p) => !p.startsWith('pullImage'))).toEqual([]);
    expect(stage.blocked()).toMatch(/nothing is stopped, since .* may run on h3, which is not seen/);
    stage.host('h3', 'fresh').settle();
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('keeps a named volume waiting for it instead of an empty one elsewhere', () => {
    const container = {
      mounts: [{ kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false }],
    };
    const stage = deployed({}, { replicas: 1, container });
    const [view] = [...stage.world.observed.hosts.values()].filter((v) => v.containers.size > 0);
    stage.host(view?.host ?? '', 'unreachable');
    stage.played.length = 0;
    stage.commit(api(2, { replicas: 1, container })).settle();
    expect(stage.played).toEqual([]);
  });
});

describe('self-healing', () => {
  it('creates again what was removed by hand', () => {
    const stage = deployed();
    const victim = stage.containers()[0]?.id;
    stage.meddle((c) => (c.id === victim ? null : c)).settle();
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('only reports where the service says so', () => {
    const words: ServiceWords = { change: { drift: 'report' } };
    const stage = deployed({}, words);
    const victim = stage.containers()[0]?.id;
    stage.meddle((c) => (c.id === victim ? { ...c, status: 'exited' } : c)).settle();
    expect(stage.runs()).toBe('api:1 ×2');
    expect(stage.blocked()).toMatch(/drift: exited/);
  });

  it('puts limits right that were changed by hand, except ignored ones', () => {
    const memoryBytes = 1_024;
    const change = (stage: Stage): Stage =>
      stage.meddle((c) => ({ ...c, limits: { ...c.limits, memoryBytes } })).settle();
    expect(
      change(deployed())
        .containers()
        .every((c) => c.limits.memoryBytes !== memoryBytes),
    ).toBe(true);
    const ignoring = deployed({}, { change: { ignoredFields: ['limits.memoryBytes'] } });
    expect(
      change(ignoring)
        .containers()
        .every((c) => c.limits.memoryBytes === memoryBytes),
    ).toBe(true);
  });
});

describe('order', () => {
  it('starts a service after what it depends on is ready, and removes it before', () => {
    const db = service('db');
    const web = service('web', { change: { dependsOn: [db.key] } });
    const stage = new Stage(world(HOSTS, [web, db])).settle();
    const runs = stage.played.filter((p) => p.startsWith('runContainer')).map((p) => p.split('.')[1]);
    expect(runs).toEqual(['db', 'web']);
    stage.played.length = 0;
    stage.commit().settle();
    const stops = stage.played.filter((p) => p.startsWith('stopContainer')).map((p) => p.split('.')[1]);
    expect(stops).toEqual(['web', 'db']);
  });
});

describe('a host that a commit takes out of the fleet', () => {
  const without = (stage: Stage, id: string): Stage => {
    const hosts = new Map([...stage.world.desired.hosts].filter(([host]) => host !== id));
    stage.world = { ...stage.world, desired: { ...stage.world.desired, hosts } };
    return stage;
  };

  it('is emptied, new instances first', () => {
    const stage = deployed();
    stage.running.length = 0;
    without(stage, 'h3').settle();
    expect(stage.runs()).toBe('api:1 ×3');
    expect(stage.memory().instances.map((i) => i.host)).not.toContain('h3');
    expect(Math.min(...stage.running)).toBe(3);
  });

  it('and does not answer lets those go on that recreate', () => {
    const words = { rollout: { strategy: 'recreate' as const } };
    const stage = deployed({}, words).host('h3', 'unreachable').commit(api(2, words)).settle();
    without(stage, 'h3').wait(61_000).settle();
    const seen = stage
      .memory()
      .instances.map(({ host, revision }) => [host, revision === stage.memory().target]);
    expect(seen.sort()).toEqual([
      ['h1', true],
      ['h1', true],
      ['h2', true],
    ]);
  });

  it('and does not answer is given up: its instances start elsewhere', () => {
    const stage = without(deployed().host('h3', 'unreachable'), 'h3').settle();
    expect(
      stage
        .memory()
        .instances.map((i) => i.host)
        .sort(),
    ).toEqual(['h1', 'h1', 'h2']);
  });

  it('keeps the service whose volume lies on it', () => {
    const container = {
      mounts: [{ kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false }],
    };
    const stage = deployed({}, { replicas: 1, container });
    const at = stage.memory().instances[0]?.host ?? '';
    stage.played.length = 0;
    without(stage, at).settle();
    expect(stage.played).toEqual([]);
    expect(stage.runs()).toBe('api:1 ×1');
  });
});

describe('another controller', () => {
  it('that runs the service already is not joined', () => {
    const stage = deployed();
    const labels = { 'dev.plimsoll.controller': 'other' };
    stage.meddle((c) => ({ ...c, labels: { ...c.labels, ...labels } }));
    stage.played.length = 0;
    stage.settle();
    expect(stage.played).toEqual([]);
    expect(stage.blocked()).toMatch(/controller other runs this service/);
  });
});

describe('a fleet whose hosts were just added', () => {
  it('is waited for, so that the first host to answer does not get everything', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).host('h2', 'unknown').host('h3', 'unknown');
    stage.step();
    stage.step();
    expect(stage.runs()).toBe('');
    stage.host('h2', 'fresh').host('h3', 'fresh').settle();
    expect(new Set(stage.memory().instances.map((i) => i.host)).size).toBe(3);
  });

  it('is not waited for longer than 15 s', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).host('h3', 'unknown').settle();
    expect(new Set(stage.memory().instances.map((i) => i.host)).size).toBe(2);
  });
});

describe('a rollback', () => {
  it('pulls nothing where the stable revision still runs', () => {
    const stage = deployed({ 'api:bad': 'crashing' }).commit(api('bad')).settle();
    const pulled = stage.played.filter((p) => p.startsWith('pullImage'));
    expect(pulled).toHaveLength(6);
  });
});
