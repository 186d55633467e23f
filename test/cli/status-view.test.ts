// `plimsoll status` for a person, and `--check` for a monitoring.

import { describe, expect, it } from 'vitest';
import type { ServiceStatusAnswer, StatusAnswer } from '../../src/api/client.ts';
import { printStatus } from '../../src/cli/status-view.ts';
import { service, startApiHarness } from '../api/harness.ts';
import { run, screenTerminal } from './command-line.ts';

const LONG = 'host h2 is unreachable (connect EHOSTUNREACH 10.0.0.2:22)';

function rows(services: readonly Partial<ServiceStatusAnswer>[]): readonly string[] {
  const { terminal, screen } = screenTerminal();
  const status: StatusAnswer = {
    commit: null,
    phase: 'progressing',
    services: services.map((change, at) => ({
      namespace: 'shop',
      name: `s${at}`,
      desired: 1,
      ready: 0,
      revision: null,
      phase: 'degraded',
      waitsForPerson: false,
      because: LONG,
      ...change,
    })),
    hosts: [],
    sources: [],
    problems: [],
  };
  printStatus(terminal, status);
  return screen.text
    .trimEnd()
    .split('\n')
    .slice(3)
    .map((line) => line.split(/ {3,}/).at(-1) ?? '');
}

describe('plimsoll status', () => {
  it('says a long reason once', () => {
    expect(rows([{}, {}, { because: 'another one' }, {}])).toEqual([
      LONG,
      'as shop/s0',
      'another one',
      'as shop/s0',
    ]);
  });

  it('repeats a short one', () => {
    const because = 'not every replica is ready';
    expect(rows([{ because }, { because }])).toEqual([because, because]);
  });
});

describe('plimsoll status --check', () => {
  it('ends with 0 where all is well', async () => {
    await using harness = await startApiHarness({
      'web.yaml': service('web')
        .replace('mem_limit', 'replicas: 0, mem_limit')
        .replace(':1"', `@sha256:${'0'.repeat(64)}"`),
    });
    const args = ['status', '--check', '--socket', harness.socketPath];
    await expect
      .poll(() => run(args), { timeout: 5_000 })
      .toEqual({ code: 0, stdout: 'all is well: 1 service, 1 host\n', stderr: '' });
  });

  it('ends with 3 where it is not, and says why in one line each', async () => {
    await using harness = await startApiHarness({ 'web.yaml': service('web') });
    harness.write({ 'bad.yaml': 'kind: Servce\n' });
    await harness.controller.sync(null);
    await expect
      .poll(() => run(['status', '--check', '--socket', harness.socketPath]), { timeout: 5_000 })
      .toMatchObject({
        code: 3,
        stdout: expect.stringMatching(
          /^source main: bad\.yaml:1:1: apiVersion .*\ndefault\/web is waiting: image 127\.0\.0\.1:1.*\n$/,
        ),
        stderr: '',
      });
    const { code, stdout } = await run(['status', '--check', '--json', '--socket', harness.socketPath]);
    const { reasons, services } = JSON.parse(stdout);
    expect({ code, reasons: reasons.length, services: services.length }).toEqual({
      code: 3,
      reasons: 2,
      services: 1,
    });
    expect((await run(['status', '--socket', harness.socketPath])).code).toBe(0);
  });

  it('ends with 1 where nobody could be asked', async () => {
    expect(await run(['status', '--check', '--socket', '/nonexistent/x.sock'])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });
});
