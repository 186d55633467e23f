// Everything that can go wrong while an SSH connection opens, in the words of the catalogue. ssh2 tells
// the kind of an error by `level`, the system by `code`; messages of either never hold key material.

import { type Problem, problem } from '../../kernel/errors.ts';
import type { HostKey } from './host-key.ts';

const SOCKET_TROUBLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'its name could not be resolved (DNS does not answer)',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to its network',
  EHOSTDOWN: 'it is down',
  ECONNRESET: 'it broke the connection off',
  EPIPE: 'it broke the connection off',
};

/** The text of a property of an unknown error, `''` where it has none. */
function textOf(error: unknown, property: 'level' | 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null || !(property in error)) return '';
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' ? value : '';
}

/** Why a connection to `where` (`user@host:port`) could not be opened. */
export function connectProblem(where: string, error: unknown): Problem {
  const level = textOf(error, 'level');
  const message = textOf(error, 'message');
  if (level === 'client-authentication' || /authentication failures/i.test(message)) {
    return problem('host/auth', `${where} does not accept the controller's key`);
  }
  if (level === 'agent') {
    return problem('host/auth', `the SSH agent cannot be used for ${where}: ${message}`);
  }
  if (level === 'client-timeout') return unreachable(where, 'it does not answer');
  const trouble = SOCKET_TROUBLE[textOf(error, 'code')];
  return unreachable(where, trouble ?? (message === '' ? 'the connection failed' : message));
}

/** Why an open connection is gone. */
export function lossProblem(where: string, error: unknown): Problem {
  if (error === null) return unreachable(where, 'it closed the connection');
  if (textOf(error, 'message') === 'Keepalive timeout') return unreachable(where, 'it stopped answering');
  return unreachable(where, SOCKET_TROUBLE[textOf(error, 'code')] ?? textOf(error, 'message'));
}

export function unreachable(where: string, because: string): Problem {
  return problem('host/unreachable', `${where} is unreachable: ${because}`);
}

/** The private key itself cannot be read; nothing was sent to the host. */
export function keyUnusable(where: string, error: unknown): Problem {
  const reason = textOf(error, 'message').replace(/^Cannot parse privateKey: /, '');
  return problem('host/auth', `the private key for ${where} cannot be used: ${reason}`, {
    hint: 'Correct the key or its passphrase in plimsoll.yaml.',
  });
}

export function hostKeyProblem(where: string, verdict: 'unknown' | 'mismatch', key: HostKey): Problem {
  return verdict === 'unknown'
    ? problem('host/key-unknown', `${where} shows the ${key.type} key ${key.fingerprint}, and none is pinned`)
    : problem(
        'host/key-mismatch',
        `${where} shows the ${key.type} key ${key.fingerprint}, which is none of the pinned ones`,
      );
}
