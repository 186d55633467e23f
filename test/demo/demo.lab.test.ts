// `npm run demo -- --once` does the whole trip and leaves nothing behind: on a machine without an engine, on
// one where an engine runs, and after a demo that was killed.

import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../lab/lab.ts';
import { DemoProcess, networkOf, processesNaming, QuietNetwork, Scratch } from './demo-process.ts';

const TRIP_MS = 110_000;
/** Twice what is promised to a person, since tests share the machine with others. */
const FIRST_OUTPUT_MS = 2_000;

/** The figures of the summary, as printed. */
function summaryOf(output: string): readonly string[] {
  const lines = output.slice(output.indexOf('\nSummary\n')).split('\n');
  return lines.filter((line) => /^(deployed|updated|removed| {11}meanwhile)/.test(line));
}

function expectWholeTrip(output: string): void {
  const [deployed = '', updated = '', meanwhile = '', removed = ''] = summaryOf(output);
  expect(deployed).toMatch(/^deployed {3}9 containers in /);
  expect(updated).toMatch(/api 2\.1\.0 → 2\.2\.0 in /);
  expect(removed).toMatch(/^removed {4}worker in /);
  const [, requests = '0', failures = '-'] =
    /(\d+) requests to the page, (\d+) of them/.exec(meanwhile) ?? [];
  expect(Number(requests)).toBeGreaterThan(50);
  expect(failures).toBe('0');
  console.log(summaryOf(output).join('\n'));
}

function expectNothingLeft(scratch: Scratch): void {
  expect(existsSync(scratch.demo)).toBe(false);
  expect(readdirSync(scratch.temporary)).toEqual([]);
  expect(processesNaming(scratch.demo)).toEqual([]);
}

describe('on a machine without an engine', () => {
  const network = new QuietNetwork();
  beforeAll(() => network.create());
  afterAll(() => network[Symbol.asyncDispose]());

  test('the whole trip on an engine of its own', async () => {
    await using scratch = new Scratch();
    const startedMs = performance.now();
    const demo = new DemoProcess(network.path, scratch, ['--once', '--private-engine']);
    await demo.says('The example shop', FIRST_OUTPUT_MS);
    console.log(`first output after ${Math.round(performance.now() - startedMs)} ms`);
    expect([await demo.ends(TRIP_MS), demo.output]).toEqual([0, expect.stringContaining('Summary')]);
    expectWholeTrip(demo.output);
    expectNothingLeft(scratch);
    expect(await network.interfaces()).toEqual(['lo']);
  });

  test('what a killed demo left is cleared away by the next', async () => {
    await using scratch = new Scratch();
    const first = new DemoProcess(network.path, scratch, ['--private-engine']);
    await first.says('shop/db: ready', 60_000);
    await first.kill(scratch.demo);
    expect(processesNaming(scratch.demo).length).toBeGreaterThan(1);
    const second = new DemoProcess(network.path, scratch, ['--once', '--private-engine']);
    expect([await second.ends(TRIP_MS), second.output]).toEqual([0, expect.stringContaining('Summary')]);
    expect(second.output).toContain('removed what an earlier demo left there');
    expectNothingLeft(scratch);
    expect(await network.interfaces()).toEqual(['lo']);
  }, 180_000);
});

describe('on a machine with an engine', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ hosts: 1 });
  });
  afterAll(() => lab?.stop());

  test('the whole trip on that engine, which afterwards is as it was', async () => {
    await using scratch = new Scratch();
    const host = lab.host('h1');
    const network = networkOf((await host.run('readlink', ['/proc/self/ns/net'])).trim());
    const before = await stateOf(lab);
    const env = { DOCKER_HOST: `unix://${host.dockerSocket}` };
    const demo = new DemoProcess(network, scratch, ['--once'], env);
    expect([await demo.ends(TRIP_MS), demo.output]).toEqual([0, expect.stringContaining('Summary')]);
    expectWholeTrip(demo.output);
    expectNothingLeft(scratch);
    expect(await stateOf(lab)).toEqual(before);
  });
});

async function stateOf(lab: Lab): Promise<object> {
  const { docker } = lab.host('h1');
  const { Volumes } = await docker.listVolumes();
  return {
    containers: (await docker.listContainers({ all: true })).map(({ Names }) => Names),
    networks: (await docker.listNetworks()).map(({ Name }) => Name).sort(),
    volumes: Volumes.map(({ Name }) => Name),
    images: (await docker.listImages({ all: true })).map(({ RepoTags }) => RepoTags),
  };
}
