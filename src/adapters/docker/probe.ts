// One probe of one address, made from the host. What the target does decides the outcome; trouble between
// here and the host is no outcome and rejects.

import { request as requestHttp } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { PlimsollError } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { ProbeOutcome, ProbeTarget } from '../../ports/host.ts';
import type { Transport } from './transport.ts';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function encrypt(socket: Duplex, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // As in Kubernetes a probe asks whether the service works, not whether its certificate is valid.
    const encrypted = connectTls({ socket, rejectUnauthorized: false }, () => resolve(encrypted));
    encrypted.once('error', reject);
    signal.addEventListener('abort', () => encrypted.destroy(), { once: true });
  });
}

function statusOf(socket: Duplex, target: ProbeTarget, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = requestHttp({
      createConnection: () => socket,
      host: target.address,
      port: target.port,
      path: target.path,
      headers: { 'user-agent': 'plimsoll-probe', connection: 'close', ...target.headers },
      signal,
    });
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      // The body is of no interest, however long it is.
      response.destroy();
    });
    request.once('error', reject);
    request.end();
  });
}

/** Null where the target is fine, otherwise what is wrong with it. */
async function check(transport: Transport, target: ProbeTarget, signal: AbortSignal): Promise<string | null> {
  const socket = await transport.openTcp(target.address, target.port);
  // Errors after the outcome (a reset, say) are of no interest either.
  socket.on('error', () => {});
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  try {
    if (signal.aborted || target.kind === 'tcp') return null;
    const channel = target.kind === 'https' ? await encrypt(socket, signal) : socket;
    const status = await statusOf(channel, target, signal);
    return status >= 200 && status < 400 ? null : `it answered with status ${status}`;
  } finally {
    socket.destroy();
  }
}

/**
 * Plays a probe. A target that is silent until `deadlineMs` failed; `hostSignal` aborts when the caller or
 * the host is gone, which is no failure of the target.
 */
export async function probe(
  transport: Transport,
  target: ProbeTarget,
  deadlineMs: number,
  hostSignal: AbortSignal,
  monotonicMs: () => number,
): Promise<ProbeOutcome> {
  const startedAt = monotonicMs();
  const timeUp = new AbortController();
  const timer = setTimeout(() => timeUp.abort(), deadlineMs);
  const onHostGone = (): void => timeUp.abort();
  hostSignal.addEventListener('abort', onHostGone);
  const silence = new Promise<string>((resolve) => {
    timeUp.signal.addEventListener('abort', () => resolve(`no answer within ${formatDuration(deadlineMs)}`));
  });
  const refused = (error: unknown): string => {
    if (error instanceof PlimsollError) throw error;
    return messageOf(error);
  };
  try {
    const because = await Promise.race([silence, check(transport, target, timeUp.signal).catch(refused)]);
    const tookMs = monotonicMs() - startedAt;
    return because === null ? { ok: true, tookMs } : { ok: false, tookMs, because };
  } finally {
    clearTimeout(timer);
    hostSignal.removeEventListener('abort', onHostGone);
    timeUp.abort();
  }
}
