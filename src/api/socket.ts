// The controller's local socket: only its owner may use it, and only a socket that nobody answers on is
// taken over.

import { chmod, lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import path from 'node:path';
import { PlimsollError, problem } from '../kernel/errors.ts';

/** What fits into a socket's address on every system that we run on, without the final zero. */
const MAX_PATH_BYTES = 103;
const KNOCK_MS = 2_000;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Whether somebody accepts connections there. */
function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    // Whoever is too busy to accept is there all the same.
    socket.setTimeout(KNOCK_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error))));
  });
}

async function refuseIfTaken(socketPath: string): Promise<void> {
  let isSocket: boolean;
  try {
    isSocket = (await lstat(socketPath)).isSocket();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (!isSocket)
    throw new PlimsollError(problem('api/cannot-listen', `${socketPath} is there and is no socket`));
  if (await isAnswered(socketPath))
    throw new PlimsollError(problem('api/in-use', `another controller answers on ${socketPath}`));
}

/**
 * Opens a socket with `listen` and puts it at `socketPath` with mode 0600: it is made in a directory of
 * its own first, so that at no moment anybody else could connect. Resolves with what removes it again,
 * unless another controller has taken its place by then. Rejects with api/in-use or api/cannot-listen.
 */
export async function listenOnSocket(
  socketPath: string,
  listen: (temporaryPath: string) => Promise<unknown>,
): Promise<() => Promise<void>> {
  if (Buffer.byteLength(socketPath) > MAX_PATH_BYTES) {
    const message = `the path of the socket is longer than ${MAX_PATH_BYTES} bytes: ${socketPath}`;
    throw new PlimsollError(problem('api/cannot-listen', message));
  }
  const directory = path.dirname(socketPath);
  let nursery: string | null = null;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await refuseIfTaken(socketPath);
    nursery = await mkdtemp(path.join(directory, '.p'));
    const temporaryPath = path.join(nursery, 's');
    await listen(temporaryPath);
    await chmod(temporaryPath, 0o600);
    await rename(temporaryPath, socketPath);
    const { ino } = await lstat(socketPath);
    return () => removeSocket(socketPath, ino);
  } catch (error) {
    if (error instanceof PlimsollError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlimsollError(problem('api/cannot-listen', `cannot listen on ${socketPath}: ${reason}`), error);
  } finally {
    if (nursery !== null) await rm(nursery, { recursive: true, force: true });
  }
}

async function removeSocket(socketPath: string, ino: number): Promise<void> {
  const present = await lstat(socketPath).catch(() => null);
  if (present?.ino === ino) await rm(socketPath, { force: true });
}
