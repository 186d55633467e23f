// Types every command of the manual's pages, in their order, at a machine of its own against
// two real hosts, and holds what is printed against what the page shows.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../lab/lab.ts';
import { linesNotPrinted } from './likeness.ts';
import { piecesOf } from './pieces.ts';
import { type Printed, Reader, ROOT } from './reader.ts';
import { inTheLab, type RunStep } from './step.ts';
import { PAGES, startController } from './tour.ts';

let lab: Lab;
let reader: Reader;
/** What a command printed when it was typed last. */
const printedBy = new Map<string, string>();
/** The first one that went wrong: what follows it on the page cannot go well. */
let broken: string | null = null;

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  await lab.images.web('1.27', { repository: 'nginx', port: 80 });
  await lab.images.web('1.27-alpine', { repository: 'nginx', port: 80 });
  await lab.images.haproxy('2.6');
  await lab.images.web('latest', { repository: 'hello-world', exitCode: 0 });
  reader = await Reader.arrive(lab);
});
afterAll(() => lab.stop());

/** Both outputs; rejects where the line ends with another code than 0. */
function onHost(name: string, line: string): Promise<string> {
  const host = lab.host(name);
  const environment = [`DOCKER_HOST=unix://${host.dockerSocket}`, 'PATH=/usr/local/bin:/usr/bin:/bin'];
  return host.run('env', [...environment, 'sh', '-c', `exec 2>&1; ${line}`]);
}

async function play(step: RunStep, line: string): Promise<Printed> {
  const { meanwhile, stays, directory, answer, host } = step;
  if (host !== undefined) return { code: 0, text: await onHost(host, line) };
  if (meanwhile === undefined && stays === undefined) {
    const where = directory === undefined ? {} : { directory };
    return reader.type({ line, ...where, ...(answer === undefined ? {} : { answer }) });
  }
  if (stays) return { code: 0, text: await startController(reader, line) };
  const running = await reader.start(line);
  await meanwhile?.(reader, running);
  return running.interrupt();
}

async function perform(step: RunStep): Promise<void> {
  await step.before?.(reader);
  const printed = await play(step, inTheLab(step.command, reader));
  expect(printed.code, printed.text).toBe(step.exits ?? 0);
  for (const expected of step.shows ?? []) expect(printed.text).toMatch(expected);
  printedBy.set(step.command, printed.text);
  await step.after?.(reader, printed);
}

/** A test that is not tried any more once an earlier one has failed. */
function inOrder(title: string, work: () => Promise<void>): void {
  it(title, async () => {
    if (broken !== null) throw new Error(`not reached: \`${broken}\` has failed`);
    broken = title;
    await work();
    broken = null;
  });
}

describe.each(PAGES)('$path', ({ path, steps }) => {
  const remaining = [...steps];
  for (const piece of piecesOf(readFileSync(join(ROOT, path), 'utf8'))) {
    if (piece.kind === 'yaml') continue;
    if (piece.kind === 'output') {
      inOrder(`shows what \`${piece.of.at(-1)}\` prints`, async () => {
        const printed = piece.of.map((command) => printedBy.get(command) ?? '').join('\n');
        const shown = piece.lines.map((line) => inTheLab(line, reader));
        expect(linesNotPrinted(shown, printed), printed).toEqual([]);
      });
      continue;
    }
    const step = remaining.shift();
    if (step?.command !== piece.text) throw new Error(`tour.ts does not have \`${piece.text}\` at its place`);
    if ('notRunBecause' in step) continue;
    inOrder(step.command, () => perform(step));
  }
});
