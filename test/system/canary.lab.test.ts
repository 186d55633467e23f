// Canaries that real requests judge: one service for each way that a new revision can turn out, all of them replaced by
// the same commit and asked all the while from another host.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceCommand } from '../../src/plan/commands.ts';
import { type AppBehaviour, appEnvironment } from '../lab/app-image.ts';
import { asking, containersOf, type Tally } from './consumer.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

/** Until a comparison is clear: it takes some looks, of which there is one in 15 s. */
const VERDICT_MS = 180_000;
const TEST_MS = VERDICT_MS + 60_000;
const HELD_MS = 60_000;
const MEASURED_REQUESTS = 5_000;
const ANALYZED = '[{ weight: 50 }, { analyze: {} }]';
/** Nothing is compared, and nothing ends without a person. */
const BY_HAND = '[{ weight: 5 }, { confirm: {} }, { weight: 1 }, { confirm: {} }]';
const HALF_BY_HAND = '[{ weight: 50 }, { confirm: {} }]';

interface Subject {
  readonly replicas: number;
  readonly steps: string;
  /** Of the canary; all stable revisions are the same. */
  readonly becomes: Omit<AppBehaviour, 'answer'>;
}

const SUBJECTS = {
  faulty: { replicas: 2, steps: ANALYZED, becomes: { errors: 5 } },
  slow: { replicas: 2, steps: ANALYZED, becomes: { slow: 100, slowMs: 60 } },
  exiting: { replicas: 2, steps: ANALYZED, becomes: { exitAt: 100 } },
  leaking: { replicas: 2, steps: ANALYZED, becomes: { leakKiB: 256 } },
  fine: { replicas: 3, steps: ANALYZED, becomes: {} },
  unasked: { replicas: 1, steps: ANALYZED, becomes: {} },
  weighed: { replicas: 3, steps: BY_HAND, becomes: {} },
  unwanted: { replicas: 2, steps: HALF_BY_HAND, becomes: {} },
} satisfies Record<string, Subject>;
type Name = keyof typeof SUBJECTS;

let system: System;
let image: string;
const clients = new Map<Name, () => Promise<Tally>>();
const stable = new Map<Name, string>();
const firstRuns = new Map<Name, number>();

function manifest(name: Name, isNew: boolean): string {
  const { replicas, steps, becomes } = SUBJECTS[name];
  const analysis = steps.includes('analyze') ? '' : ', analysis: []';
  const behaviour = isNew ? { ...becomes, answer: 'new' } : { answer: 'old' };
  const spec = [
    `  environment: ${appEnvironment(behaviour)}`,
    '  serves: [8080/http]',
    '  readiness: { http: { path: /health, port: 8080 }, period: 1s }',
    `  rollout: { strategy: canary, minHealthy: 0s, steps: ${steps}${analysis} }`,
    '  placement: { hosts: { host: h2 } }',
  ];
  return serviceManifest(name, { image, replicas, spec: spec.join('\n') });
}

/** Judged by what is counted for a minute or two. */
const COMPARED = ['faulty', 'slow', 'fine', 'unasked'] as const;
const OTHERS = ['exiting', 'leaking', 'weighed', 'unwanted'] as const;
const NAMES: readonly Name[] = [...COMPARED, ...OTHERS];
const manifests = (names: readonly Name[], isNew: boolean): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}.yaml`, manifest(name, isNew)]));

const CLIENT = [
  `  environment: ${appEnvironment({ answer: 'web' })}`,
  `  connects: [${NAMES.join(', ')}]`,
  '  rollout: { minHealthy: 0s }',
  '  placement: { hosts: { host: h1 } }',
].join('\n');

async function ask(name: Name, perSecond: number): Promise<void> {
  clients.set(name, await asking(system, 'web', perSecond, { of: name }));
}

/** What its client has counted since before the commit; the client ends. */
async function tallyOf(name: Name): Promise<Tally> {
  const over = clients.get(name);
  if (over === undefined) throw new Error(`nobody asks ${name}`);
  clients.delete(name);
  return over();
}

async function rolloutOf(name: Name) {
  const described = await system.controller.describe(system.key(name));
  if (described?.rollout == null) throw new Error(`${name} was never rolled out`);
  return { ...described.rollout, stable: described.stable, target: described.revision };
}

async function command(name: Name, told: ServiceCommand): Promise<void> {
  const done = await system.controller.command(system.key(name), told, 'user:test');
  expect(done).toEqual({ ok: true, value: undefined });
}

/** Waits at a step of this number, from 1. */
const waitsAt = (name: Name, step: string) =>
  system.until(`${name} waits at ${step}`, async () => {
    const canary = (await rolloutOf(name)).canary;
    return canary?.since != null && system.service(name).because.includes(step);
  });

const sum = (tally: Record<string, number>): number => Object.values(tally).reduce((a, b) => a + b, 0);

/** What there is to tell of a canary that has met so many requests. */
function tell(name: Name, { answers, failures, sentAt, slowestMs }: Tally, met: number): void {
  const { firstAt = 0, lastAt = 0 } = sentAt['new'] ?? {};
  const s = ((lastAt - firstAt) / 1_000).toFixed(1);
  const all = sum(answers) + sum(failures);
  console.log(
    `${name}: ${met} of ${all} requests met the canary, within ${s} s; failures ${JSON.stringify(failures)}; slowest ${slowestMs} ms`,
  );
}

/** Waits until the canary was given up, and all that answers is what was there before. */
async function abortedByItself(name: Name): Promise<string> {
  const isDecided = async () => {
    const { sequence, phase } = await rolloutOf(name);
    return sequence > (firstRuns.get(name) ?? 0) && ['rolledBack', 'succeeded'].includes(phase);
  };
  await system.until(`${name} is given up`, isDecided, VERDICT_MS);
  const { because, stable: now, target, startedAt, endedAt, canary } = await rolloutOf(name);
  // Where the verdict is another one, this says why.
  const { stable: seen, canary: own } = canary?.comparison ?? {};
  if (target !== stable.get(name)) console.log(name, canary?.verdict, seen, own);
  expect([now, target]).toEqual([stable.get(name), stable.get(name)]);
  console.log(`${name}: rolled back ${((endedAt ?? 0) - startedAt) / 1_000} s after it began: ${because}`);
  return because;
}

beforeAll(async () => {
  system = await startSystem({ hosts: 2 });
  const { images } = system.lab;
  image = (await images.app('1')).ref;
  system.balancerImage = (await images.haproxy('2.6')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    ...manifests(NAMES, false),
    'web.yaml': serviceManifest('web', { image, spec: CLIENT }),
  });
  await system.start();
  await system.converged();
  for (const name of NAMES) {
    const { to, sequence } = await rolloutOf(name);
    stable.set(name, to);
    firstRuns.set(name, sequence);
  }
  await Promise.all([ask('faulty', 40), ask('slow', 40), ask('fine', 80)]);
  await system.push(manifests(COMPARED, true));
});

afterAll(() => system[Symbol.asyncDispose]());

describe('a canary that is no good is given up by itself:', () => {
  it('one of whose answers 5 % are errors', { timeout: TEST_MS }, async () => {
    expect(await abortedByItself('faulty')).toMatch(
      /5xx [\d.]+ % of [\d,]+ requests against 0 % of [\d,]+: worse/,
    );
    const tally = await tallyOf('faulty');
    tell('faulty', tally, (tally.answers['new'] ?? 0) + (tally.failures['status 500'] ?? 0));
    expect(Object.keys(tally.failures)).toEqual(['status 500']);
  });

  it('one whose answers take 60 ms longer', { timeout: TEST_MS }, async () => {
    expect(await abortedByItself('slow')).toMatch(/(median|p99) [\d.,]+ ms against [\d.,]+ ms: worse/);
    const tally = await tallyOf('slow');
    tell('slow', tally, tally.answers['new'] ?? 0);
    expect(tally.failures).toEqual({});
  });
});

describe('a canary that is no worse', () => {
  it('is promoted by itself, and no request is lost', { timeout: TEST_MS }, async () => {
    const isPromoted = async () =>
      (await rolloutOf('fine')).to !== stable.get('fine') && system.service('fine').phase === 'ready';
    await system.until('fine is promoted', isPromoted, VERDICT_MS);
    const { to, startedAt, endedAt } = await rolloutOf('fine');
    const tally = await tallyOf('fine');
    console.log(`fine: promoted ${((endedAt ?? 0) - startedAt) / 1_000} s after it began`);
    tell('fine', tally, tally.answers['new'] ?? 0);
    expect(tally.failures).toEqual({});
    expect(Object.keys(tally.answers).sort()).toEqual(['new', 'old']);
    const found = await containersOf(system, 'fine');
    const names = await Promise.all(found.map(async ({ container }) => (await container.inspect()).Name));
    expect(names.map((name) => name.includes(to))).toEqual([true, true, true]);
  });

  it('is held while it has no requests', { timeout: TEST_MS }, async () => {
    await waitsAt('unasked', 'analyze');
    const since = (await rolloutOf('unasked')).canary?.since ?? Number.POSITIVE_INFINITY;
    await system.until('it was held for a minute', () => Date.now() - since > HELD_MS, 2 * HELD_MS);
    const { phase, canary } = await rolloutOf('unasked');
    expect({ phase, canary }).toMatchObject({
      phase: 'progressing',
      canary: { step: 1, since, isOver: false },
    });
    const because =
      /step 2 of 2, analyze, with 50 % of the requests: too few requests to judge: 0 against 0, and 100 needed/;
    expect(system.service('unasked').because).toMatch(because);
    const links = await system.controller.inspect.why(system.key('unasked'));
    expect(links.map((link) => link.because).join('\n')).toMatch(because);
  });
});

describe('a canary that ends by itself is given up by itself:', () => {
  beforeAll(async () => {
    await Promise.all([ask('exiting', 30), ask('leaking', 30), ask('unwanted', 50)]);
    await system.push(manifests(OTHERS, true));
  });

  it('one whose container exits', { timeout: TEST_MS }, async () => {
    expect(await abortedByItself('exiting')).toMatch(/^the canary was restarted/);
    const tally = await tallyOf('exiting');
    tell('exiting', tally, tally.answers['new'] ?? 0);
  });

  it('one that takes more memory than it may have', { timeout: TEST_MS }, async () => {
    expect(await abortedByItself('leaking')).toMatch(/^the canary was killed .* for want of memory/);
    const tally = await tallyOf('leaking');
    tell('leaking', tally, tally.answers['new'] ?? 0);
  });
});

describe('of a service with 3 replicas', () => {
  it.each([
    { step: 'step 2 of 4, confirm', perCent: 5 },
    { step: 'step 4 of 4, confirm', perCent: 1 },
  ])('the canary gets $perCent % of the requests', { timeout: TEST_MS }, async ({ step, perCent }) => {
    if (perCent === 1) await command('weighed', { kind: 'promote', full: false });
    await waitsAt('weighed', step);
    const over = await asking(system, 'web', 150, { of: 'weighed', most: MEASURED_REQUESTS });
    const { answers, failures } = await over();
    const found = answers['new'] ?? 0;
    const expected = (MEASURED_REQUESTS * perCent) / 100;
    const sigma = Math.sqrt(expected * (1 - perCent / 100));
    const off = ((found - expected) / sigma).toFixed(1);
    console.log(`weight ${perCent}: ${found} of ${MEASURED_REQUESTS}, ${off} sigma from ${expected}`);
    expect(failures).toEqual({});
    expect(sum(answers)).toBe(MEASURED_REQUESTS);
    expect(Math.abs(found - expected)).toBeLessThan(4 * sigma);
  });
});

describe('a canary that a person aborts', () => {
  it('answers nothing once the load balancer was told', { timeout: TEST_MS }, async () => {
    await waitsAt('unwanted', 'step 2 of 2, confirm');
    // Nothing else changes by now: the next that the load balancer is told is this.
    const seen = system.events.length;
    const abortedAt = Date.now();
    await command('unwanted', { kind: 'abort' });
    const news = () =>
      system.events
        .slice(seen)
        .find(
          ({ kind, host, message }) =>
            kind === 'action/succeeded' && host === 'h1' && message.includes('load balancer'),
        );
    await system.until('the load balancer was told', () => news() !== undefined);
    const toldAt = Date.now();
    await system.until('it is gone', async () => (await rolloutOf('unwanted')).phase === 'rolledBack');
    const tally = await tallyOf('unwanted');
    const lastAt = tally.sentAt['new']?.lastAt ?? 0;
    const oldAt = tally.sentAt['old']?.lastAt ?? 0;
    console.log(
      `unwanted: its last answer was to a request ${lastAt - abortedAt} ms after the command; told after ${toldAt - abortedAt} ms; ${JSON.stringify(tally.answers)}, failures ${JSON.stringify(tally.failures)}`,
    );
    expect(tally.failures).toEqual({});
    expect(tally.answers['new']).toBeGreaterThan(0);
    expect(lastAt).toBeLessThan(toldAt);
    expect(oldAt).toBeGreaterThan(toldAt);
    expect((await rolloutOf('unwanted')).stable).toBe(stable.get('unwanted'));
  });
});
