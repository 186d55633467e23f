// What a service's containers see of others: commands in them, and a client that asks from within their network.

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { System } from './harness.ts';

const CLIENT = fileURLToPath(new URL('./open-loop.ts', import.meta.url));

/** A client that nobody ends. */
const CLIENT_MS = 300_000;

const Tally = z.object({
  answers: z.record(z.string(), z.number()),
  failures: z.record(z.string(), z.number()),
  /** By answer or failure, since 1970. */
  sentAt: z.record(z.string(), z.object({ firstAt: z.number(), lastAt: z.number() })),
  slowestMs: z.number(),
  /** From the first request that failed to the last one. */
  outageMs: z.number(),
});
export type Tally = z.infer<typeof Tally>;

export async function containersOf(system: System, service: string) {
  const found = (await system.containers()).filter((c) => c.Names[0]?.includes(`.${service}.`));
  return found.map(({ Id, host }) => ({ host, container: system.lab.host(host).docker.getContainer(Id) }));
}

async function firstOf(system: System, service: string) {
  const [first] = await containersOf(system, service);
  if (first === undefined) throw new Error(`no container of ${service} runs`);
  return first;
}

export const inspected = async (system: System, service: string) =>
  (await firstOf(system, service)).container.inspect();

/** What a command in a container of the service prints, and its exit code. */
export async function inContainer(
  system: System,
  service: string,
  command: string,
): Promise<{ code: number; output: string }> {
  const { container } = await firstOf(system, service);
  const Cmd = ['sh', '-c', command];
  const exec = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true, Tty: true });
  const output = await text(await exec.start({ Tty: true }));
  return { code: (await exec.inspect()).ExitCode ?? -1, output: output.trim() };
}

interface Asked {
  readonly of?: string;
  /** Ends by itself after so many requests. */
  readonly most?: number;
}

/** Asks `api`, or another service, from within the network of the service's container, until told to end. */
export async function asking(
  system: System,
  service: string,
  perSecond: number,
  { of = 'api', most }: Asked = {},
) {
  const { host, container } = await firstOf(system, service);
  const { State, HostConfig } = await container.inspect();
  const entries: readonly string[] = HostConfig.ExtraHosts ?? [];
  const address = entries.find((entry) => entry.startsWith(`${of}:`))?.slice(of.length + 1);
  const end = join(system.lab.directory, `end-${randomUUID()}`);
  const enter = ['--target', String(State.Pid), '--net', process.execPath, CLIENT];
  const url = `http://${address}:8080/`;
  const words = [url, String(perSecond), end, ...(most === undefined ? [] : [String(most)])];
  const asked = system.lab.host(host).run('nsenter', [...enter, ...words], { deadlineMs: CLIENT_MS });
  return async (): Promise<Tally> => {
    if (most === undefined) writeFileSync(end, '');
    return Tally.parse(JSON.parse(await asked));
  };
}
