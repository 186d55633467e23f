// (d) What one changed service costs the running controller among 50 services and among 500: a real repository,
// one file per service, one commit per change, hosts in memory.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createRepository, type LabRepository } from '../lab/git-repository.ts';
import { hostManifest, serviceManifest, writeConfig } from './controller-files.ts';
import { atMost, type Section, told } from './figure.ts';
import { median, spread } from './statistics.ts';

const SIZES = [50, 500] as const;
const HOSTS = 3;
const WARM_UPS = 10;
const COMMITS = 20;
const START_MS = 120_000;
const LOOK_MS = 30_000;

const IMAGES = ['a', 'b'].map((digit) => `registry.example.com/bench@sha256:${digit.repeat(64)}`);
const Measured = z.object({ cpuMs: z.number(), tookMs: z.number() });
type Measured = z.infer<typeof Measured>;

const serviceFile = (index: number): string => `services/service-${index}.json`;
const serviceAt = (index: number, image: string): string =>
  serviceManifest(`service-${index}`, image, 1, { rollout: { minHealthy: '0s' } });

async function repositoryOf(size: number, directory: string): Promise<LabRepository> {
  const path = join(directory, 'fleet.git');
  const repository = await createRepository({ path, httpUrl: '', sshUrl: '' }, {});
  const hosts = Array.from({ length: HOSTS }, (_, at) => `host-${at + 1}`);
  await repository.commit({
    ...Object.fromEntries(
      hosts.map((name) => [`hosts/${name}.json`, hostManifest(name, `unix:///run/${name}.sock`, null)]),
    ),
    ...Object.fromEntries(
      Array.from({ length: size }, (_, index) => [serviceFile(index), serviceAt(index, IMAGES[0] ?? '')]),
    ),
  });
  return repository;
}

/** The child's next message; an error where it ends instead or says nothing in time. */
async function answer(child: ChildProcess, deadlineMs: number): Promise<unknown> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(deadlineMs)]);
  const gone = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('the controller ended')));
  const message: Promise<unknown[]> = once(child, 'message', { signal });
  try {
    return (await Promise.race([message, gone]))[0];
  } finally {
    // Whichever is still waiting is let go.
    message.catch(() => {});
    gone.catch(() => {});
    done.abort();
  }
}

/** One measurement per commit; each changes another service. */
async function measure(size: number): Promise<readonly Measured[]> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  mkdirSync(join(directory, 'controller'));
  const repository = await repositoryOf(size, directory);
  const config = writeConfig({
    directory: join(directory, 'controller'),
    repositoryPath: repository.path,
    privateKeyPath: null,
  });
  const child = fork(join(import.meta.dirname, 'simulated-process.ts'), [config, ...IMAGES], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    await answer(child, START_MS);
    const measured: Measured[] = [];
    for (let commit = 0; commit < WARM_UPS + COMMITS; commit += 1) {
      const image = IMAGES[1] ?? '';
      await repository.commit({ [serviceFile(commit)]: serviceAt(commit, image) });
      child.send('look');
      const look = Measured.parse(await answer(child, LOOK_MS));
      if (commit >= WARM_UPS) measured.push(look);
    }
    return measured;
  } finally {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

export async function oneChange(): Promise<Section> {
  const [few, many] = [await measure(SIZES[0]), await measure(SIZES[1])];
  const cpuMs = (all: readonly Measured[]): number => median(all.map((m) => m.cpuMs));
  const line = (size: number, all: readonly Measured[]): string =>
    `among ${size}: CPU ${spread(all.map((m) => m.cpuMs))}, until it was rolled out ${spread(all.map((m) => m.tookMs))}`;
  return {
    title: `(d) One changed service among ${SIZES[0]} and among ${SIZES[1]}, on ${HOSTS} simulated hosts`,
    lines: [
      `CPU of the whole controller process, Git worker included, per commit; median of ${COMMITS} commits`,
      line(SIZES[0], few),
      line(SIZES[1], many),
    ],
    figures: [
      atMost('oneChange.cpuRatio', `CPU among ${SIZES[1]} / CPU among ${SIZES[0]}`, {
        value: cpuMs(many) / cpuMs(few),
        unit: 'ratio',
        bar: 1.5,
      }),
      told('oneChange.cpu', `CPU of one change among ${SIZES[1]}`, cpuMs(many), 'ms'),
    ],
    notes: [],
  };
}
