// A dockerd of the demo alone, for machines that have none: its own data, sockets and containerd namespace,
// no default bridge, and no hand on the machine's firewall (published ports go through docker-proxy).

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment, failed, findProgram, runCommand, tryCommand } from '../command.ts';
import { type Places, shortHash } from '../places.ts';
import { endProcess, isAlive, isCalledWith, readPid } from '../process-file.ts';
import { DockerApi } from './docker-api.ts';

const START_MS = 45_000;
const STOP_MS = 30_000;
const LOOK_AGAIN_MS = 100;
const PING_MS = 2_000;
const MOUNT_MS = 10_000;
/** `statfs` of an overlay: no second one can be stacked on it. */
const OVERLAY_MAGIC = 0x794c7630;
const LOG_TAIL = 2_000;

export interface PrivateEngine {
  readonly socketPath: string;
  /** Ends it and removes all it had: images, containers, volumes. */
  stop(): Promise<void>;
}

interface Files {
  readonly socketPath: string;
  readonly pidFile: string;
  readonly log: string;
  readonly data: string;
  readonly settings: string;
}

function filesOf(places: Places): Files {
  return {
    socketPath: path.join(places.run, 'docker.sock'),
    pidFile: path.join(places.run, 'docker.pid'),
    log: path.join(places.engine, 'dockerd.log'),
    data: path.join(places.engine, 'data'),
    settings: path.join(places.engine, 'daemon.json'),
  };
}

function argumentsFor(places: Places, files: Files): readonly string[] {
  const name = `plimsoll-demo-${shortHash(places.directory)}`;
  return [
    // Otherwise the machine's own /etc/docker/daemon.json would count.
    `--config-file=${files.settings}`,
    `--host=unix://${files.socketPath}`,
    `--pidfile=${files.pidFile}`,
    `--data-root=${files.data}`,
    `--exec-root=${places.run}`,
    `--containerd-namespace=${name}`,
    `--containerd-plugins-namespace=${name}-plugins`,
    '--storage-driver=overlay2',
    // Works without systemd, and under it as well.
    '--exec-opt=native.cgroupdriver=cgroupfs',
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
  ];
}

/** The id of the private engine, where one of this directory runs. */
function runningPid(files: Files): number | null {
  const pid = readPid(files.pidFile);
  return pid !== null && isAlive(pid) && isCalledWith(pid, `--pidfile=${files.pidFile}`) ? pid : null;
}

const answers = (socketPath: string): Promise<boolean> =>
  new DockerApi(socketPath).send({ method: 'GET', path: '/_ping', deadlineMs: PING_MS }).then(
    () => true,
    () => false,
  );

function logTail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-LOG_TAIL).trim() : '(it has logged nothing)';
}

async function prepareData(places: Places, files: Files): Promise<void> {
  mkdirSync(files.data, { recursive: true, mode: 0o710 });
  writeFileSync(files.settings, '{}\n');
  if (statfsSync(files.data).type === OVERLAY_MAGIC)
    await runCommand('mount', ['-t', 'tmpfs', 'tmpfs', files.data], { deadlineMs: MOUNT_MS });
  mkdirSync(places.run, { recursive: true, mode: 0o700 });
}

/** Starts the daemon in a session of its own, so that Ctrl-C reaches only the demo, which then stops it. */
async function launch(places: Places, files: Files, say: (detail: string) => void): Promise<void> {
  await prepareData(places, files);
  const log = openSync(files.log, 'w');
  const child = spawn(findProgram('dockerd') ?? 'dockerd', argumentsFor(places, files), {
    env: childEnvironment(),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.on('error', () => {}); // seen below, as a child without a process id
  child.unref();
  const startedMs = performance.now();
  while (!(await answers(files.socketPath))) {
    const waitedMs = performance.now() - startedMs;
    if (child.pid === undefined || child.exitCode !== null || waitedMs > START_MS) {
      if (child.pid !== undefined) await endProcess(child.pid, STOP_MS);
      throw failed(`a private Docker engine does not start here:\n${logTail(files.log)}`, START_HINT);
    }
    say(`starts a private engine, ${Math.round(waitedMs / 1_000)} s`);
    await sleep(LOOK_AGAIN_MS);
  }
}

const START_HINT =
  'Start Docker on this machine and run the demo again; in a container, the container must be privileged.';

async function unmountBelow(directory: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mountPoint) => mountPoint === directory || mountPoint.startsWith(`${directory}/`));
  for (const mount of mounts.reverse())
    await tryCommand('umount', ['--lazy', mount], { deadlineMs: MOUNT_MS });
}

async function stop(places: Places, files: Files): Promise<void> {
  const pid = runningPid(files);
  if (pid !== null) await endProcess(pid, STOP_MS);
  for (const directory of [places.engine, places.run]) {
    await unmountBelow(directory);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Takes over the engine that an earlier demo left, or starts one upon its data. */
export async function startPrivateEngine(
  places: Places,
  say: (detail: string) => void,
): Promise<PrivateEngine> {
  const files = filesOf(places);
  if (runningPid(files) === null || !(await answers(files.socketPath))) {
    const old = runningPid(files);
    if (old !== null) await endProcess(old, STOP_MS);
    await launch(places, files, say);
  }
  return { socketPath: files.socketPath, stop: () => stop(places, files) };
}
