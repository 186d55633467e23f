// A commit that would remove much: shown, held, and let through by a person who was asked.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiHarness, service, startApiHarness } from '../api/harness.ts';
import { eventually } from '../lab/eventually.ts';
import { type Outcome, run } from './command-line.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const HELD = /^source main: commit [0-9a-f]{12} is held: it would remove 6 of 6 services of main/;
let harness: ApiHarness;

beforeEach(async () => {
  harness = await startApiHarness(Object.fromEntries(NAMES.map((name) => [`${name}.yaml`, service(name)])));
  await eventually('the services are remembered', { deadlineMs: 5_000 }, async () => {
    const { services } = await harness.client.ask('status');
    return services.every((s) => s.because !== 'not looked at yet');
  });
  harness.write(Object.fromEntries(NAMES.map((name) => [`${name}.yaml`, null])));
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

const ask = (line: string, input?: string): Promise<Outcome> =>
  run([...line.split(' '), '--socket', harness.socketPath], {
    env: { NO_COLOR: '1' },
    ...(input === undefined ? {} : { input, isTTY: true }),
  });
const isHeld = async (): Promise<boolean> => (await harness.client.ask('sources')).sources[0]?.held !== null;

it('the person who pushed is told', async () => {
  const { code, stderr } = await ask('sync');
  expect(code).toBe(1);
  expect(stderr).toMatch(HELD);
  expect(stderr).toContain('\n  → Look at it, then `plimsoll approve`.\n');
  expect((await ask('status')).stdout).toMatch(/^state: \w+\n.*\n {2}commit [0-9a-f]{12} is held: /);
});

it('"no" changes nothing', async () => {
  await ask('sync');
  const { code, stderr } = await ask('approve', 'n\n');
  expect(code).toBe(1);
  expect(stderr).toMatch(HELD);
  expect(stderr).toMatch(/nothing is changed\n$/);
  expect(await isHeld()).toBe(true);
});

it('"y" lets it through', async () => {
  await ask('sync');
  const { code, stdout } = await ask('approve', 'y\n');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^approved: 1 commit \([0-9a-f]{12}\)\n$/);
  expect(await isHeld()).toBe(false);
});

it('a script has to say that it is meant', async () => {
  await ask('sync');
  expect(await ask('approve')).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
  expect((await ask('approve --yes')).stdout).toMatch(/^approved: 1 commit/);
  const { entries } = await harness.client.ask('audit', { query: { object: 'main' } });
  expect(entries.map((e) => e.event).slice(0, 2)).toEqual(['commit/accepted', 'command/approve']);
});
