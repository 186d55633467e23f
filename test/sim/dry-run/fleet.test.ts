// A dry run that begins with a running fleet: a controller's copy of it, as it comes over the API.

import { describe, expect, it } from 'vitest';
import type { ContainerRequest } from '../../../src/action/container-request.ts';
import { plainContainer } from '../../../src/desired/plain-container.ts';
import { ControllerId, HostId, SourceId } from '../../../src/kernel/ids.ts';
import { type FleetCopy, wholeCommit } from '../../../src/loop/fleet-copy.ts';
import { directorySource, readCandidate, resolveCandidate } from '../../../src/runtime/directory.ts';
import { Play } from '../../../src/sim/dry-run/play.ts';
import type { DryRunRequest } from '../../../src/sim/dry-run/request.ts';
import { createContainer } from '../../../src/sim/engine/create.ts';
import { startContainer } from '../../../src/sim/engine/start.ts';
import { STEADY_TEMPO } from '../../../src/sim/world/tempo.ts';
import { Scratch } from '../../cli/scratch.ts';
import {
  ASSUMED,
  type Asked,
  actionsOf,
  CHECKED,
  type Files,
  HOSTS,
  printed,
  service,
  serviceOf,
  simulate,
  simulateAt,
} from './fleet-files.ts';

async function requestFor(directory: string): Promise<DryRunRequest> {
  const { git, ...source } = directorySource(directory, null);
  const candidate = await readCandidate({ ...source, git });
  if (!candidate.ok) throw new Error(candidate.error.message);
  const { desired } = resolveCandidate(candidate.value, directory, null);
  const commit = await wholeCommit(git, candidate.value);
  if (!commit.ok || desired === null) throw new Error('the files have problems');
  const manifests = { commit: commit.value, desired };
  return {
    start: { kind: 'manifests', manifests },
    commit: manifests,
    source: source.id,
    lost: [],
    failing: new Set(),
    assumptions: ASSUMED,
    operation: {
      id: ControllerId.parse('production'),
      overrides: {},
      settings: { ...STEADY_TEMPO.settings, keepStoppedMs: 86_400_000 },
      sources: [{ ...source, isDirectory: false, forcePush: 'hold' }],
    },
    boundMs: 3_600_000,
    onProgress: () => {},
    signal: new AbortController().signal,
  };
}

/** What a controller tells of itself after it has deployed the files; `change` meddles with its fleet. */
async function runningFleet(
  files: Files,
  change: (play: Play) => void | Promise<void> = () => {},
  digests: Readonly<Record<string, string>> = {},
): Promise<FleetCopy> {
  using scratch = new Scratch(files);
  const play = new Play(await requestFor(scratch.path));
  for (const [reference, digest] of Object.entries(digests)) play.stage.digests.set(reference, digest);
  await play.reachStart();
  await change(play);
  await play.stage.pass(120_000);
  const copy = await play.controller.inspect.copy();
  play.end();
  if (!copy.ok) throw new Error(copy.error.message);
  return JSON.parse(JSON.stringify(copy.value));
}

async function push(fleet: FleetCopy, files: Files, asked: Asked = {}, source: string | null = null) {
  using scratch = new Scratch(files);
  return await simulateAt(scratch.path, null, { ...asked, running: { fleet, source } });
}

async function pushWell(...args: Parameters<typeof push>) {
  const report = await push(...args);
  if (!('outcome' in report)) throw new Error(report.map(({ message }) => message).join('\n'));
  return report;
}

const SPEC = `replicas: 3, ${CHECKED}, rollout: { maxSurge: 1, maxUnavailable: 0, minHealthy: 2s }`;
const shop = (tag: string): Files => ({
  ...HOSTS,
  'web.yaml': service('web', tag, SPEC),
  'db.yaml': service('db', '1', `${CHECKED}, volumes: ["data:/data"]`),
});

const foreign: ContainerRequest = {
  name: 'theirs',
  labels: { owner: 'somebody else' },
  image: 'registry.example.com/theirs:1',
  spec: {
    ...plainContainer('registry.example.com/theirs:1'),
    ports: [{ target: 80, protocol: 'tcp', published: { from: 8080, to: 8080 }, hostIp: '0.0.0.0' }],
    limits: { memoryBytes: 2 ** 30, memoryReservationBytes: null, cpus: null, pids: null },
  },
  hostPorts: [8080],
  networks: [],
  sharesNetworkOf: null,
  hosts: [],
  volumes: [],
};

function runTheirs({ stage }: Play): void {
  const engine = stage.machines.get(HostId.parse('h2'))?.engine;
  const image = engine?.machine.options.registry.resolve(foreign.image, null);
  if (engine === undefined || image === undefined || image === 'silent' || !image.ok)
    throw new Error('there is no h2');
  engine.loadImage(image.value, [foreign.image]);
  const created = createContainer(engine.machine, foreign);
  const container = created.ok ? engine.machine.containers.get(created.value) : undefined;
  if (container === undefined || !startContainer(engine.machine, container).ok)
    throw new Error('theirs does not run');
}

describe('a push to a running fleet', () => {
  it('does what it does where the same manifests were deployed before', async () => {
    const running = await pushWell(await runningFleet(shop('1')), shop('2'));
    const deployed = await simulate(shop('1'), shop('2'));
    expect(running).toMatchObject({ outcome: 'converged', belowRules: [], notes: [] });
    expect(running.from).toBe(deployed.from);
    expect(actionsOf(running).toSorted()).toEqual(actionsOf(deployed).toSorted());
    const told = ({ services }: typeof deployed) =>
      services.map(({ beganMs: _, endedMs: __, fewestReady, mostContainers, ...rest }) => ({
        ...rest,
        fewest: fewestReady?.count,
        most: mostContainers.count,
      }));
    expect(told(running)).toEqual(told(deployed));
    expect(running.tookMs).toBeCloseTo(deployed.tookMs, -3);
  });

  it('leaves everything as it is where it says what is in force', async () => {
    const report = await pushWell(await runningFleet(shop('1')), shop('1'));
    expect(report).toMatchObject({ outcome: 'converged', tookMs: 0, notes: [] });
    expect(actionsOf(report)).toEqual([]);
  });

  it('counts with the images that run', async () => {
    const digests = { 'registry.example.com/shop/web:1': `sha256:${'a'.repeat(64)}` };
    const fleet = await runningFleet(shop('1'), () => {}, digests);
    const web = service('web', '1', `${SPEC}, environment: { COLOUR: blue }`);
    const { timeline, outcome } = await pushWell(fleet, { ...shop('1'), 'web.yaml': web });
    expect(outcome).toBe('converged');
    const [began] = timeline.filter(({ service: key }) => key === 'default/web');
    expect(began?.message).toMatch(/^deploy from \w+ to \w+: environment COLOUR changed$/);
    expect(actionsOf({ timeline })).not.toContain('pull');
  });

  it('leaves the database on the host with its data', async () => {
    const fleet = await runningFleet(shop('1'));
    const home = fleet.hosts.find(({ volumes }) => volumes.length > 0)?.host.id;
    const next = { ...shop('1'), 'db.yaml': service('db', '2', `${CHECKED}, volumes: ["data:/data"]`) };
    const report = await pushWell(fleet, next);
    expect(report.outcome).toBe('converged');
    const runs = report.timeline.filter(({ message }) => message.startsWith('run default.db.'));
    expect(runs.map(({ host }) => host)).toEqual([home]);
  });

  it('takes the memory from the engines', async () => {
    const fleet = await runningFleet(shop('1'));
    const grown: FleetCopy = {
      ...fleet,
      hosts: fleet.hosts.map((h) => ({
        ...h,
        engine: h.engine === null ? null : { ...h.engine, memoryBytes: 2 ** 36 },
      })),
    };
    const { hosts } = await pushWell(grown, shop('2'));
    expect(hosts.map(({ memoryBytes, knownFrom }) => [memoryBytes, knownFrom])).toEqual(
      Array(3).fill([2 ** 36, 'engine']),
    );
  });
});

describe('what else is on the hosts', () => {
  const published = {
    ...shop('1'),
    'api.yaml': service('api', '1', `replicas: 3, ${CHECKED}, ports: ["8080:80"]`),
  };

  it('takes its memory and its ports', async () => {
    const fleet = await runningFleet(shop('1'), runTheirs);
    const report = await pushWell(fleet, published);
    expect(report.outcome).toBe('failed');
    const { ready, why } = serviceOf(report, 'default/api');
    expect(ready).toBe(2);
    expect(why[0]?.because).toMatch(/port 8080/);
    const h2 = report.hosts.find(({ host }) => host === 'h2');
    expect(h2?.mostLimits.bytes).toBeGreaterThan(2 ** 30);
  });

  it('is not there in a simulation of the manifests alone', async () => {
    expect(await simulate(shop('1'), published)).toMatchObject({ outcome: 'converged' });
  });
});

describe('a fleet that is not well', () => {
  it('is simulated as it is, and what was wrong before is told apart', async () => {
    const fleet = await runningFleet(shop('1'), ({ stage }) =>
      stage.machines.get(HostId.parse('h3'))?.engine.losePower(),
    );
    expect(fleet.hosts.find(({ host }) => host.id === 'h3')?.state).toBe('unreachable');
    const { 'db.yaml': _, ...rest } = shop('1');
    const report = await pushWell(fleet, {
      ...rest,
      'db.yaml': service('db', '2', `${CHECKED}, volumes: ["data:/data"]`),
    });
    expect(report.notes).toContain('host h3 is unreachable now, and is taken as away');
    expect(report.notes.join('\n')).toMatch(/before the commit default\/web is degraded: /);
    expect(report.belowRules).toEqual([]);
  }, 20_000);
});

/** Meanwhile other files are pushed, and so much time passes. */
const pushed =
  (files: Files, passMs: number) =>
  async (play: Play): Promise<void> => {
    using scratch = new Scratch(files);
    const { commit } = await requestFor(scratch.path);
    play.stage.push(play.request.source, commit.commit);
    void play.controller.sync(null);
    await play.stage.pass(passMs);
  };

describe('a host that leaves the fleet', () => {
  const all: Files = { ...HOSTS, 'web.yaml': service('web', '1', SPEC) };
  const { 'h3.yaml': _, ...rest } = all;

  it('is part of the fleet as long as something has to be moved from it', async () => {
    // Half a minute after the push, since the copy is taken two minutes later.
    const slow = {
      ...rest,
      'web.yaml': service('web', '1', SPEC.replace('minHealthy: 2s', 'minHealthy: 5m')),
    };
    const fleet = await runningFleet(all, pushed(slow, 30_000));
    expect(fleet.hosts.map(({ host }) => host.id)).toContain('h3');
    const report = await pushWell(fleet, slow);
    expect(report.outcome).toBe('converged');
    expect(report.hosts.find(({ host }) => host === 'h3')?.inTheEnd).toEqual([]);
  });

  it('keeps a database by its volume: that is no fleet as the commit says', async () => {
    const running = await runningFleet(shop('1'));
    const home = running.hosts.find(({ volumes }) => volumes.length > 0)?.host.id ?? '';
    const { [`${home}.yaml`]: __, ...without } = shop('1');
    const report = await pushWell(running, without);
    expect(report).toMatchObject({
      outcome: 'held',
      because: expect.stringMatching(/^default\/db is held: stays on h\d, which has left the fleet/),
    });
    // The same once it has happened: what is pushed then is not to blame, and it is said all the same.
    const left = await runningFleet(shop('1'), pushed(without, 30_000));
    const next = await pushWell(left, { ...without, 'web.yaml': service('web', '2', SPEC) });
    expect(next.outcome).toBe('converged');
    expect(printed(next)).toMatch(
      /it converges: 1 service as the commit says; default\/db is held, as before\n/,
    );
    expect(next.hosts.find(({ host }) => host === home)?.inTheEnd).toEqual([
      { service: 'default/db', containers: 1 },
    ]);
  });
});

describe('a rollout that waits for a host', () => {
  it('has not converged, and of a run of before nobody tells how long it took', async () => {
    const fleet = await runningFleet(shop('1'), async (play) => {
      play.stage.machines.get(HostId.parse('h3'))?.engine.losePower();
      await play.stage.pass(30_000);
      await pushed(shop('2'), 60_000)(play);
    });
    const waiting = await pushWell(fleet, shop('2'));
    expect(waiting.outcome).toBe('degraded');
    expect(waiting.hosts.find(({ host }) => host === 'h3')).toMatchObject({ isAway: true });
    const { 'h3.yaml': _, ...rest } = shop('2');
    const report = await pushWell(fleet, rest);
    const ended = report.timeline.find(({ kind }) => kind === 'rollout/succeeded');
    expect(ended?.message).toMatch(/^succeeded: /);
  }, 20_000);
});

describe('a fleet of which no host answers', () => {
  it('is not well because nothing would be done', async () => {
    const fleet = await runningFleet(shop('1'), ({ stage }) => {
      for (const { engine } of stage.machines.values()) engine.losePower();
    });
    const report = await pushWell(fleet, shop('1'));
    expect(report.outcome).toBe('degraded');
    expect(actionsOf(report)).toEqual([]);
    expect(serviceOf(report, 'default/web')).toMatchObject({ change: 'unchanged', ready: 0, wanted: 3 });
    expect(printed(report)).toMatch(
      /\nnothing would be done, and not everything is ready:\n {2}default\/db is degraded: .*host h\d is unknown/,
    );
  });
});

describe('several sources', () => {
  it('need the name of the one that is pushed to', async () => {
    const fleet = await runningFleet(shop('1'));
    const [only] = fleet.sources;
    if (only === undefined) throw new Error('there is no source');
    const second = { ...only, id: SourceId.parse('team'), fleet: false, head: null, files: [] };
    const two: FleetCopy = { ...fleet, sources: [only, second] };
    expect(await push(two, shop('2'))).toMatchObject([
      {
        code: 'command/usage',
        hint: 'Name with --source the one that the directory is pushed to: directory, team.',
      },
    ]);
    expect(await push(two, shop('2'), {}, 'taem')).toMatchObject([{ code: 'command/not-found' }]);
    const team = { 'tool.yaml': service('tool', '1') };
    const report = await pushWell(two, team, {}, 'team');
    expect(report).toMatchObject({ outcome: 'converged', from: null });
    expect(serviceOf(report, 'default/tool')).toMatchObject({ change: 'added', ready: 1 });
    expect(serviceOf(report, 'default/web')).toMatchObject({ change: 'unchanged', ready: 3 });
  });
});
