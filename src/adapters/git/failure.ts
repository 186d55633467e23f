// What goes wrong between here and a Git server, as Problems. Node, OpenSSL, ssh2 and isomorphic-git each
// have their own way to fail; people get one sentence that names the address and what to do.

import { PlimsollError, type Problem, problem, toProblem } from '../../kernel/errors.ts';
import { firstLine } from './text.ts';

const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'HPE_INVALID_CONSTANT',
]);

const CERTIFICATE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|EPROTO$|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/;

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** A failed connection or transfer as a Problem; `where` names the address. */
export function connectionProblem(thrown: unknown, where: string): Problem {
  if (thrown instanceof PlimsollError) return thrown.problem;
  const code = errorCode(thrown);
  if (CERTIFICATE.test(code)) {
    return problem('source/tls', `TLS with ${where} failed: ${messageOf(thrown)} (${code})`);
  }
  if (UNREACHABLE.has(code) || code.startsWith('HPE_')) {
    return problem('source/unreachable', `${where} cannot be reached: ${messageOf(thrown)}`);
  }
  if (thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')) {
    return problem('source/unreachable', `${where} did not answer in time`);
  }
  return problem('source/unreachable', `talking to ${where} failed: ${messageOf(thrown)}`);
}

/** An error of the file system where the copies of sources lie. */
export function storageProblem(thrown: unknown, path: string): Problem {
  if (thrown instanceof PlimsollError) return thrown.problem;
  const code = errorCode(thrown);
  if (FULL.has(code)) {
    return problem('store/full', `no space left for the copy of the source in ${path}`, {
      hint: 'Free space where the copies of the sources lie; the last good commit stays in force.',
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return problem(
      'config/invalid',
      `the folder for copies of sources cannot be written: ${path} (${code})`,
      {
        hint: 'Make the folder writable for the controller, or name another one.',
      },
    );
  }
  return toProblem(thrown);
}

export const isStorageError = (thrown: unknown): boolean =>
  FULL.has(errorCode(thrown)) || ['EACCES', 'EPERM', 'EROFS', 'EMFILE'].includes(errorCode(thrown));

/** `code` of an error that carries one, else the empty string. */
export function errorCode(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return messageOf(thrown.errors[0]);
  return firstLine(thrown instanceof Error ? thrown.message : String(thrown));
}
