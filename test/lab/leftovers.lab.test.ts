// A lab whose owner was killed leaves nothing behind for long, and a live lab is nobody's leftover.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { tryCommand } from './command.ts';
import { type Lab, startLab } from './lab.ts';
import { isRunning } from './processes.ts';

test('what a killed run left is cleared by the next start', async () => {
  await using bystander = await startLab();
  const left = await killAfterStart();
  expect(existsSync(left.markerPath)).toBe(true);
  expect(isRunning(left.strayPid)).toBe(true);
  await expectNoAnswer(left.address);

  await using next = await startLab();
  expect(existsSync(left.markerPath)).toBe(false);
  expect(isRunning(left.strayPid)).toBe(false);
  expect((await next.host('h1').docker.info()).Containers).toBe(0);
  expect((await bystander.host('h1').docker.info()).Name).toBe('h1');
});

test('stop removes every trace', async () => {
  const lab = await startLab({ hosts: [{}, { diskMiB: 64 }] });
  expect(await traces(lab)).not.toEqual([]);
  await lab.stop();
  await lab.stop();
  expect(await traces(lab)).toEqual([]);
});

test('a lab that cannot start says why, with the log of the daemon concerned', async () => {
  const start = startLab({ hosts: [{}, { dockerdArgs: ['--no-such-option'] }] });
  // Seen by whoever looks first: the daemon's keeper, or the door through which it was put into its machine.
  await expect(start).rejects.toThrow(
    /(dockerd of h2 ended at its start|h2\/dockerd\.log).*unknown flag: --no-such-option/s,
  );
});

interface Abandoned {
  readonly labId: string;
  readonly markerPath: string;
  readonly address: string;
  readonly strayPid: number;
}

async function killAfterStart(): Promise<Abandoned> {
  const program = join(import.meta.dirname, 'abandoned-lab.ts');
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const abandoned: Abandoned = JSON.parse(line);
    child.kill('SIGKILL');
    await once(child, 'exit');
    return abandoned;
  }
  throw new Error(`${program} ended without a lab`);
}

async function expectNoAnswer(address: string): Promise<void> {
  const answer = fetch(`http://${address}:8080/`, { signal: AbortSignal.timeout(500) });
  await expect(answer).rejects.toThrow();
}

async function traces(lab: Lab): Promise<string[]> {
  const links = readdirSync('/sys/class/net').filter((name) => name.startsWith(lab.id));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(lab.directory));
  const rules = (await tryCommand('iptables', ['-w', '-S'])).stdout
    .split('\n')
    .filter((rule) => rule.includes(`${lab.id} `));
  return [...links, ...mounts, ...rules, ...(existsSync(lab.directory) ? [lab.directory] : [])];
}
