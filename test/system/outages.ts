// Two services on a real engine with live-restore, one of which asks the other one all the while, and what may be killed
// between them.

import { setTimeout as sleep } from 'node:timers/promises';
import { asking, containersOf, type Tally } from './consumer.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

export const PER_SECOND = 200;
export const A_WHILE_MS = 3_000;

const SERVES =
  '  serves: [8080/http]\n  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 1s }';

/** `web` asks `api`, which has two replicas. */
export async function startPair(): Promise<System> {
  const system = await startSystem({ hosts: [{ dockerdArgs: ['--live-restore'] }] });
  const { images } = system.lab;
  const image = (await images.web('1')).ref;
  system.balancerImage = (await images.haproxy('2.6')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image, replicas: 2, spec: SERVES }),
    'web.yaml': serviceManifest('web', { image, spec: '  connects: [api]' }),
  });
  await system.start();
  await system.converged();
  return system;
}

async function firstProcessOf(system: System, part: string): Promise<number> {
  const [found] = await containersOf(system, part);
  const { State } = (await found?.container.inspect()) ?? {};
  return State?.Pid ?? 0;
}

const killAll = (system: System, ...pids: readonly (number | string)[]) =>
  system.lab.host('h1').run('kill', ['-KILL', ...pids.map(String)]);

/** SIGKILL to the first process of a container, as the kernel does it where memory runs out: its engine was not asked. */
export const killContainer = async (system: System, part: string) =>
  killAll(system, await firstProcessOf(system, part));

const childrenOf = async (system: System, pid: number | string): Promise<readonly string[]> =>
  (await system.lab.host('h1').run('pgrep', ['-x', 'haproxy', '-P', String(pid)])).trim().split('\n');

/** SIGKILL to the process that serves; the one that has started it ends by itself. */
export async function killHaproxy(system: System): Promise<void> {
  const [master = ''] = await childrenOf(system, await firstProcessOf(system, 'proxy'));
  await killAll(system, ...(await childrenOf(system, master)));
}

/** What became of requests from some time before until some time after. */
export async function asked(system: System, strike: () => Promise<unknown>): Promise<Tally> {
  const over = await asking(system, 'web', PER_SECOND);
  await sleep(A_WHILE_MS);
  await strike();
  await sleep(A_WHILE_MS);
  return over();
}
