// `--wait`: it ends as soon as nothing moves any more without a person, and says what is missing; a rollback
// by hand has done what it should once the service runs the revision.

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceAnswer, ServiceStatusAnswer, StatusAnswer } from '../../src/api/client.ts';
import { type Ending, followConvergence, type Goal, printEnding } from '../../src/cli/follow.ts';
import { makeRevision } from '../../src/desired/revision.ts';
import { contentHash } from '../../src/kernel/canonical.ts';
import { NamespaceName, ServiceName, serviceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { put, rowKey } from '../../src/loop/rows.ts';
import { newServiceMemory, type Rollout } from '../../src/rollout/memory.ts';
import { startCannedController } from '../api/canned-controller.ts';
import { type ApiHarness, SOURCE, service, startApiHarness } from '../api/harness.ts';
import { eventually } from '../lab/eventually.ts';
import { service as desiredService } from '../plan/world.ts';
import { CALM, CANARY, RUN } from './answers.ts';
import { run, screenTerminal } from './command-line.ts';

/** A registry that answers every question with the same status. */
async function registryThatSays(status: number): Promise<{ address: string; server: Server }> {
  const server = createServer((_, response) => {
    const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="registry"' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...challenge }).end('{"errors":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return { address: `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`, server };
}

describe('a service that cannot go on', () => {
  it.each<[string, number, RegExp]>([
    [
      'its image is not in the registry',
      404,
      /default\/web is blocked: image .*\(image\/not-found\) → Push the image, or correct its name in the manifest\.\n$/,
    ],
    [
      'the registry refuses the password',
      401,
      /default\/web is blocked: image .*\(image\/auth\) → Correct the registry/,
    ],
  ])('ends the wait early: %s', async (_, status, message) => {
    const { address, server } = await registryThatSays(status);
    await using harness = await startApiHarness({ 'web.yaml': service('web', `${address}/shop/web:1`) });
    const startedMs = performance.now();
    const { code, stderr } = await run([
      'sync',
      '--wait',
      '--timeout',
      '60s',
      '--socket',
      harness.socketPath,
    ]);
    const tookMs = performance.now() - startedMs;
    server.close();
    expect(stderr).toMatch(/^not as the newest commit says:\n/);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(tookMs).toBeLessThan(8_000);
  });

  it('is not waited for by those that depend on it', async () => {
    const { address, server } = await registryThatSays(404);
    await using harness = await startApiHarness({
      'db.yaml': service('db', `${address}/shop/db:1`),
      'web.yaml': service('web', `${address}/shop/web@sha256:${'0'.repeat(64)}`).replace(
        'mem_limit',
        'dependsOn: [db], mem_limit',
      ),
    });
    const { code, stderr } = await run([
      'sync',
      '--wait',
      '--timeout',
      '60s',
      '--socket',
      harness.socketPath,
    ]);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\n {2}default\/web is blocked: waits for default\/db \(not deployed yet\); default\/db is blocked\n$/,
    );
  });
});

describe('plimsoll rollback --wait', () => {
  const namespace = NamespaceName.parse('default');
  const name = ServiceName.parse('web');
  const key = serviceKey(namespace, name);
  const revisionOf = (tag: string) =>
    makeRevision(desiredService('web', { image: `127.0.0.1:1/shop/web:${tag}` }).container, {
      kind: 'digest',
      digest: `sha256:${contentHash(tag)}`,
    });
  const [old, present] = [revisionOf('1'), revisionOf('2')];
  const ended = (sequence: number, to: typeof old): Rollout => ({
    sequence,
    kind: 'deploy',
    from: null,
    to: to.id,
    commit: null,
    phase: 'succeeded',
    pausedFrom: null,
    because: 'first deployment',
    startedAt: instant(sequence),
    progressAt: instant(sequence),
    arrived: [],
    availableAt: null,
    endedAt: instant(sequence),
    failures: 0,
    prepared: true,
    canary: null,
  });
  let harness: ApiHarness;

  beforeAll(async () => {
    const rows = [
      put(rowKey.revision(old.id), old),
      put(rowKey.revision(present.id), present),
      put(rowKey.deployment(key, 1), ended(1, old)),
      put(rowKey.deployment(key, 2), ended(2, present)),
      put(rowKey.service(key), {
        ...newServiceMemory({ key, namespace, name, source: SOURCE }),
        sequence: 2,
        target: present.id,
        stable: present.id,
        rollout: ended(2, present),
      }),
    ];
    // Without replicas no engine is needed; another service never gets its image.
    const idle = service('web').replace('mem_limit', 'replicas: 0, mem_limit');
    harness = await startApiHarness({ 'web.yaml': idle, 'api.yaml': service('api') }, { rows });
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('ends well once the service runs the revision, whatever the others do', async () => {
    const args = ['rollback', 'web', '--wait', '--timeout', '20s', '--socket', harness.socketPath];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`\\ndefault/web runs revision ${old.id}\\n$`));
    expect(await harness.client.ask('describe', { params: { namespace, name } })).toMatchObject({
      phase: 'held',
      revision: old.id,
      pin: { revision: old.id },
    });
  });
});

describe('a command to one service', () => {
  it('has done what it should although another service cannot go on', async () => {
    // Without replicas no engine is needed; the digest is written, so that no registry is.
    const web = service('web', `127.0.0.1:1/shop/web@sha256:${'0'.repeat(64)}`);
    await using harness = await startApiHarness({
      'web.yaml': web.replace('mem_limit', 'replicas: 0, mem_limit'),
      'api.yaml': service('api'),
    });
    await eventually('web is deployed', { deadlineMs: 5_000 }, async () =>
      (await harness.client.ask('status')).services.some((s) => s.name === 'web' && s.phase === 'ready'),
    );
    const args = ['restart', 'web', '--wait', '--timeout', '20s', '--socket', harness.socketPath];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\ndefault\/web is ready\n$/);
  });

  const WEB = { namespace: 'default', name: 'web' };
  const REVISION = '0123456789ab';

  /** A step that goes on by itself, and then one that waits for a person. */
  const byStepsThat = (waitsForPerson: boolean): ServiceAnswer => ({
    ...CALM,
    rollout: { ...RUN, canary: { ...CANARY, waitsForPerson } },
  });
  const BY_STEPS = byStepsThat(false);

  /** How the wait ends where the service looks like this at first, and like that from then on. */
  async function endingOf(
    goal: Partial<Goal>,
    ...phases: readonly ServiceStatusAnswer['phase'][]
  ): Promise<Ending['kind']> {
    const looks = phases.map((phase): StatusAnswer => {
      const because = 'because';
      const api = {
        ...WEB,
        name: 'api',
        desired: 1,
        ready: 0,
        revision: null,
        phase: 'blocked',
        because,
        waitsForPerson: false,
      } as const;
      const web = { ...WEB, desired: 1, ready: 1, revision: REVISION, phase, because, waitsForPerson: false };
      return {
        commit: null,
        phase: 'failed',
        services: [api, web],
        hosts: [],
        sources: [],
        problems: [],
      };
    });
    await using canned = await startCannedController({
      '/v1/status': looks.map((look) => JSON.stringify(look)),
      '/v1/events': ['{"position":"1.1","events":[]}'],
      '/v1/services/default/web': [JSON.stringify(BY_STEPS), JSON.stringify(byStepsThat(true))],
    });
    const ending = await followConvergence({
      client: canned.client,
      terminal: screenTerminal().terminal,
      signal: new AbortController().signal,
      deadlineMs: 20_000,
      goal: { service: WEB, revision: null, heldAt: null, phase: 'ready', orAsked: false, ...goal },
    });
    return ending.kind;
  }

  it.concurrent.each<[string, Partial<Goal>, readonly ServiceStatusAnswer['phase'][], Ending['kind']]>([
    ['a promotion after which a step asks again', { orAsked: true }, ['progressing'], 'asked'],
    ['a promotion after which no step is left', { orAsked: true }, ['ready'], 'reached'],
    [
      'a promotion after which it is given up',
      { orAsked: true },
      ['rollingBack', 'rollingBack', 'held'],
      'short',
    ],
    ['a promotion after which it fails, and a person is to decide', { orAsked: true }, ['paused'], 'short'],
    ['a retry that makes it ready', {}, ['failed', 'progressing', 'ready'], 'reached'],
    ['a retry that is rolled back again', {}, ['held', 'progressing', 'held'], 'short'],
    ['a restart of what is held', { heldAt: REVISION }, ['held', 'progressing', 'held'], 'reached'],
    ['a restart by which it went elsewhere', { heldAt: 'ba9876543210' }, ['progressing', 'held'], 'short'],
    ['a pause', { phase: 'paused' }, ['progressing', 'paused'], 'reached'],
    [
      'what had not begun at the first looks',
      {},
      ['ready', 'ready', 'ready', 'progressing', 'failed'],
      'short',
    ],
  ])('%s', async (_, goal, phases, kind) => {
    expect(await endingOf(goal, ...phases)).toBe(kind);
  });
});

describe('a service that is removed at the end of a wait', () => {
  it('does not hide how the wait ended', async () => {
    const web = { namespace: 'default', name: 'web', desired: 1, ready: 1, revision: null };
    const status: StatusAnswer = {
      commit: null,
      phase: 'held',
      services: [{ ...web, phase: 'held', waitsForPerson: false, because: 'it was rolled back' }],
      hosts: [],
      sources: [],
      problems: [],
    };
    await using canned = await startCannedController({
      '/v1/sync': ['{"sources":[]}'],
      '/v1/status': [JSON.stringify(status)],
      '/v1/events': ['{"position":"1.1","events":[]}'],
    });
    const { code, stderr } = await run(['sync', '--wait', '--socket', canned.socketPath]);
    expect(stderr).toBe('not as the newest commit says:\n  default/web is held: it was rolled back\n');
    expect(code).toBe(1);
  });
});

describe('a step of a rollout that waits for a person', () => {
  it('ends the wait for a commit, which is not there yet', async () => {
    const because = 'step 2 of 2, confirm: a person has to say `plimsoll rollout promote shop/api`';
    const api = { namespace: 'shop', name: 'api', desired: 1, ready: 2, revision: null };
    const status: StatusAnswer = {
      commit: null,
      phase: 'progressing',
      services: [{ ...api, phase: 'progressing', waitsForPerson: true, because }],
      hosts: [],
      sources: [],
      problems: [],
    };
    await using canned = await startCannedController({
      '/v1/sync': ['{"sources":[]}'],
      '/v1/status': [JSON.stringify(status)],
      '/v1/events': ['{"position":"1.1","events":[]}'],
    });
    const { code, stderr } = await run(['sync', '--wait', '--socket', canned.socketPath]);
    expect(stderr).toBe(`not as the newest commit says:\n  shop/api is progressing: ${because}\n`);
    expect(code).toBe(1);
  });
});

describe('the last lines of a wait', () => {
  const status: StatusAnswer = {
    commit: 'a'.repeat(40),
    phase: 'held',
    services: [
      {
        namespace: 'shop',
        name: 'web',
        desired: 2,
        ready: 2,
        revision: '0123456789ab',
        phase: 'held',
        waitsForPerson: false,
        because: 'desired revision ba9876543210 is quarantined: 3 failures in a row',
      },
    ],
    hosts: [],
    sources: [],
    problems: [],
  };
  const rolledBack = [
    {
      service: 'shop/web',
      revision: '0123456789ab',
      image: 'registry.test/shop/web:1',
      because: '3 failures in a row: exited with 7',
    },
  ];
  const goal: Goal = {
    service: { namespace: 'shop', name: 'web' },
    revision: 'ba9876543210',
    heldAt: null,
    phase: 'ready',
    orAsked: false,
  };

  function printed(ending: Ending): { code: number; text: string } {
    const { terminal, screen } = screenTerminal();
    const code = printEnding(terminal, ending, 60_000);
    return { code, text: screen.text };
  }

  it('say that it was rolled back, to what and why', () => {
    expect(printed({ kind: 'short', status, rolledBack, goal: null })).toEqual({
      code: 1,
      text: `not as the newest commit says:
  shop/web is held: desired revision ba9876543210 is quarantined: 3 failures in a row
rolled back: shop/web runs registry.test/shop/web:1 again (revision 0123456789ab), since the new revision failed: 3 failures in a row: exited with 7
`,
    });
  });

  it('say what a step waits for a person with', () => {
    const because =
      'step 2 of 4, confirm, with 5 % of the requests: a person has to say `plimsoll rollout promote`';
    expect(printed({ kind: 'asked', goal, because })).toEqual({
      code: 0,
      text: `shop/web waits for a person: ${because}\n`,
    });
  });

  it('say where a service is that did not get where it was sent', () => {
    expect(printed({ kind: 'short', status, rolledBack: [], goal })).toEqual({
      code: 1,
      text: `not at revision ba9876543210, and nothing moves:
  shop/web is held at revision 0123456789ab, 2 of 2 ready: desired revision ba9876543210 is quarantined: 3 failures in a row
`,
    });
  });
});
