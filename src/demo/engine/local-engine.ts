// Finds the Docker engine of this machine, or starts one for the demo where there is none and we may.

import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { failed, missing } from '../command.ts';
import type { Places } from '../places.ts';
import { DockerApi } from './docker-api.ts';
import { ensurePrograms } from './install.ts';
import { startPrivateEngine } from './private-engine.ts';

export interface DemoEngine {
  readonly api: DockerApi;
  /** How a person would call its command line. */
  readonly command: string;
  /** For people: `Docker 28.2.2 at /var/run/docker.sock`. */
  readonly description: string;
  readonly isPrivate: boolean;
  /**
   * True where containers live in a virtual machine or a user's network namespace: the controller cannot
   * reach their addresses, only what they publish.
   */
  readonly hidesContainers: boolean;
  /** Ends a private engine and removes its data; does nothing to the machine's own. */
  stop(): Promise<void>;
}

type Say = (detail: string) => void;

const PING_MS = 3_000;
const USUAL_SOCKET = '/var/run/docker.sock';
const UNIX = 'unix://';
const Info = z.object({
  ServerVersion: z.string(),
  OperatingSystem: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
});

/** Sockets in the order in which the docker command would be told of them. */
function candidates(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = env['DOCKER_HOST'] ?? '';
  if (named.startsWith(UNIX)) return [named.slice(UNIX.length)];
  if (named !== '') {
    throw missing(
      `DOCKER_HOST names the engine ${named}, and the demo needs one on this machine`,
      'Run `DOCKER_HOST= npm run demo`, or name a local socket (unix://…).',
    );
  }
  const runtime = env['XDG_RUNTIME_DIR'];
  const home = homedir();
  return [
    USUAL_SOCKET,
    ...(runtime === undefined || runtime === '' ? [] : [path.join(runtime, 'docker.sock')]),
    path.join(home, '.docker/run/docker.sock'),
    path.join(home, '.orbstack/run/docker.sock'),
    path.join(home, '.colima/default/docker.sock'),
  ];
}

type Reply =
  | { readonly ok: true; readonly engine: DemoEngine }
  | { readonly ok: false; readonly code: string };

async function ask(socketPath: string): Promise<Reply> {
  const api = new DockerApi(socketPath);
  try {
    return { ok: true, engine: await describe(api, `at ${socketPath}`) };
  } catch (error) {
    return { ok: false, code: error instanceof Error && 'code' in error ? String(error.code) : 'no answer' };
  }
}

async function describe(api: DockerApi, where: string): Promise<DemoEngine> {
  const info = await api.read({ method: 'GET', path: '/info', deadlineMs: PING_MS }, Info);
  const isRootless = (info.SecurityOptions ?? []).some((option) => option.startsWith('name=rootless'));
  const isVirtual = process.platform !== 'linux' || /Docker Desktop/.test(info.OperatingSystem);
  return {
    api,
    command: api.socketPath === USUAL_SOCKET ? 'docker' : `docker -H unix://${api.socketPath}`,
    description: `Docker ${info.ServerVersion} ${where}`,
    isPrivate: false,
    hidesContainers: isRootless || isVirtual,
    stop: async () => {},
  };
}

async function ownEngine(places: Places, say: Say): Promise<DemoEngine> {
  say('installs what is missing');
  await ensurePrograms(['dockerd'], say);
  say('starts a private engine');
  const daemon = await startPrivateEngine(places, say);
  const api = new DockerApi(daemon.socketPath);
  const engine = await describe(api, 'of the demo alone');
  return { ...engine, isPrivate: true, stop: daemon.stop };
}

export interface EngineWish {
  readonly places: Places;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Do not look for one that runs. */
  readonly wantsPrivate: boolean;
}

/** Rejects with what is missing and how to get it. */
export async function findEngine({ places, env, wantsPrivate }: EngineWish, say: Say): Promise<DemoEngine> {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (wantsPrivate && !isRoot)
    throw missing('an engine of its own needs root on Linux', 'Run the demo with sudo.');
  let forbidden: string | null = null;
  for (const socketPath of wantsPrivate ? [] : candidates(env)) {
    const reply = await ask(socketPath);
    if (reply.ok) return reply.engine;
    if (reply.code === 'EACCES') forbidden = socketPath;
  }
  if (isRoot) return ownEngine(places, say);
  if (forbidden !== null) {
    throw missing(
      `you may not use the Docker engine at ${forbidden}`,
      'Run the demo with sudo, or `sudo usermod -aG docker $USER` and log in again.',
    );
  }
  await ensurePrograms(['dockerd'], say);
  throw missing('no Docker engine answers on this machine', 'Start Docker and run the demo again.');
}

/** One text for one engine, whichever link leads to its socket. */
export function engineIdentity({ api }: DemoEngine): string {
  try {
    return realpathSync(api.socketPath);
  } catch (error) {
    throw failed(`${api.socketPath} is gone: ${error instanceof Error ? error.message : error}`);
  }
}
