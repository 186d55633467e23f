// `plimsoll rollout describe` against a real controller, which remembers a rollout by steps that goes on and one that has
// ended. Its source cannot be read, so that nothing changes meanwhile.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGitRemote } from '../../src/adapters/git/remote.ts';
import { makeRevision, type Revision } from '../../src/desired/revision.ts';
import { contentHash } from '../../src/kernel/canonical.ts';
import { CommitSha, NamespaceName, ServiceName, serviceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { newSourceMemory, put, rowKey } from '../../src/loop/rows.ts';
import { type CanaryState, newCanary } from '../../src/rollout/canary-state.ts';
import { newServiceMemory, type Rollout } from '../../src/rollout/memory.ts';
import { type ApiHarness, SOURCE, startApiHarness } from '../api/harness.ts';
import { eventually } from '../lab/eventually.ts';
import { service as desiredService } from '../plan/world.ts';
import { analyze, confirm, weight } from '../traffic/canary-words.ts';
import { type Outcome, run } from './command-line.ts';

const namespace = NamespaceName.parse('default');
const name = ServiceName.parse('web');
const key = serviceKey(namespace, name);
const at = instant(1_700_000_000_000);
const COMMIT = CommitSha.parse('a'.repeat(40));

const revisionOf = (tag: string): Revision =>
  makeRevision(desiredService('web', { image: `127.0.0.1:1/shop/web:${tag}` }).container, {
    kind: 'digest',
    digest: `sha256:${contentHash(tag)}`,
  });
const [old, failed, present] = [revisionOf('1'), revisionOf('2'), revisionOf('3')];

const runTo = (sequence: number, to: Revision, change: Partial<Rollout>): Rollout => ({
  sequence,
  kind: 'deploy',
  from: old.id,
  to: to.id,
  commit: COMMIT,
  phase: 'progressing',
  pausedFrom: null,
  because: 'image changed',
  startedAt: at,
  progressAt: at,
  arrived: [],
  availableAt: null,
  endedAt: null,
  failures: 0,
  prepared: true,
  canary: null,
  ...change,
});

const AT_STEP_2: CanaryState = {
  ...newCanary([old.id]),
  step: 1,
  since: at,
  share: 500,
  done: [{ step: 'weight 5 %', at, because: 'the load balancers go by it' }],
};
const WORSE = '5xx 5.0 % of 100 requests against 0 % of 1,900: worse (e-value 800 of 100 needed)';
const GIVEN_UP: CanaryState = {
  ...AT_STEP_2,
  verdict: { verdict: 'fail', because: WORSE, at },
  measured: [{ at, canary: { requests: 100, errors: 5 }, stable: { requests: 1_900, errors: 0 }, gaps: [] }],
};

let harness: ApiHarness;
beforeAll(async () => {
  const rows = [
    put(rowKey.source(SOURCE), { ...newSourceMemory(SOURCE), accepted: COMMIT }),
    ...[old, failed, present].map((revision) => put(rowKey.revision(revision.id), revision)),
    put(
      rowKey.deployment(key, 2),
      runTo(2, failed, { phase: 'rolledBack', because: WORSE, endedAt: at, canary: GIVEN_UP }),
    ),
    put(rowKey.service(key), {
      ...newServiceMemory({ key, namespace, name, source: SOURCE }),
      sequence: 3,
      target: present.id,
      stable: old.id,
      rules: { ...desiredService('web').rollout, steps: [weight(5), confirm, weight(50), analyze] },
      rollout: runTo(3, present, { canary: AT_STEP_2 }),
    }),
  ];
  const ref = { kind: 'branch' as const, name: 'main' };
  const url = '/nonexistent/fleet.git';
  const place = { id: SOURCE, url, ref, path: '', credential: null, allowFile: true };
  const git = openGitRemote({ ...place, cacheDir: '/nonexistent' });
  harness = await startApiHarness({}, { rows, git });
  await eventually('there is nothing left to look at', { deadlineMs: 5_000 }, async () => {
    return (await harness.client.ask('status')).phase === 'failed';
  });
});
afterAll(() => harness[Symbol.asyncDispose]());

const ask = (...words: readonly string[]): Promise<Outcome> =>
  run(['rollout', 'describe', ...words, '--socket', harness.socketPath]);

describe('plimsoll rollout describe', () => {
  it('shows the steps of the run that goes on', async () => {
    const { code, stdout } = await ask('web');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^run: +3, a deploy from \w+ to \w+, commit aaaaaaaaaaaa$/m);
    expect(stdout).toMatch(/^steps: +step 2 of 4, confirm, with 5 % of the requests$/m);
    expect(stdout).toMatch(/^1 +weight 5 % +done .* the load balancers go by it$/m);
    expect(stdout).toMatch(/^2 +confirm +current /m);
    expect(stdout).toMatch(/^4 +analyze +to come /m);
  });

  it('shows an ended run with its verdict and what was measured', async () => {
    const { stdout } = await ask('web', '--run', '2');
    expect(stdout).toMatch(/^state: +rolledBack: 5xx 5\.0 %/m);
    expect(stdout).toMatch(/^steps: +given up at step 2$/m);
    expect(stdout).toMatch(/^verdict: +fail, .* ago: 5xx 5\.0 %/m);
    expect(stdout).toMatch(/^MEASURED .*\n.* 100 +5 +1,900 +0$/m);
  });

  it('says which runs there are where one is not kept', async () => {
    expect(await ask('web', '--run', '9')).toEqual({
      code: 1,
      stdout: '',
      stderr: `there is no run 9 of default/web (command/not-found)
  → List those that are kept with \`plimsoll history SERVICE\`.
`,
    });
  });

  it('prints the same as JSON', async () => {
    const { rollout } = JSON.parse((await ask('web', '--json')).stdout);
    expect(rollout.canary).toMatchObject({
      requestsPercent: 5,
      waitsForPerson: true,
      steps: [{ state: 'done', at }, { state: 'current', at }, { state: 'next' }, { state: 'next' }],
    });
    const { rollout: ended } = JSON.parse((await ask('web', '--run', '2', '--json')).stdout);
    expect(ended).toMatchObject({ sequence: 2, canary: { verdict: { verdict: 'fail', because: WORSE } } });
  });
});
