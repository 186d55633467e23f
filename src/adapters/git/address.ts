// Where a source lies, as an allow-list over the parsed address. Everything that later opens a connection
// or a folder takes a SourceAddress, so no other scheme (`ext::`, `git://`, `ftp://`) can reach it.

import { fileURLToPath } from 'node:url';
import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { hasControlCharacter, hasInvisibleCharacter, printable } from './text.ts';

export type SourceAddress =
  /** `url` has no trailing slash, no credentials, no query. */
  | { readonly kind: 'http'; readonly url: string }
  | {
      readonly kind: 'ssh';
      readonly user: string;
      readonly host: string;
      readonly port: number;
      readonly path: string;
    }
  /** An absolute path: a bare repository or a work tree, read in place. */
  | { readonly kind: 'file'; readonly path: string };

export interface AddressPolicy {
  /** Whether paths and `file:` addresses of this machine may be read. */
  readonly allowFile: boolean;
  /** Whether `http:` may be used beyond this machine; loopback is always allowed. */
  readonly allowInsecureHttp: boolean;
}

/** `user@host:path`; a colon in front of the first slash is what makes it one. */
const SCP_LIKE = /^([^/@:\s]+)@(\[[0-9a-fA-F:.]+\]|[^/@:[\]\s]+):(?!\/\/)(.+)$/;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^\[[0-9a-fA-F:.]+\]$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Reads an address; `source/scheme` says what is wrong with it. Passwords in it are never quoted. */
export function parseAddress(text: string, policy: AddressPolicy): Result<SourceAddress, Problem> {
  if (hasControlCharacter(text) || hasInvisibleCharacter(text) || /\s/.test(text)) {
    return refuse('the address contains blanks or characters that are not seen');
  }
  if (text.startsWith('/')) return filePath(text, policy);
  const scpLike = SCP_LIKE.exec(text);
  if (scpLike !== null) {
    const [, user = '', host = '', path = ''] = scpLike;
    return sshAddress(user, host, 22, path);
  }
  if (!/^(https?|ssh|file):\/\//.test(text) || !URL.canParse(text)) {
    const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0] ?? printable(text.slice(0, 40));
    return refuse(`the address does not start with an allowed scheme: ${scheme}`);
  }
  return fromUrl(new URL(text), policy);
}

function fromUrl(url: URL, policy: AddressPolicy): Result<SourceAddress, Problem> {
  if (url.password !== '') return refuse('the address contains a password', SECRET_HINT);
  if (url.search !== '' || url.hash !== '') return refuse('the address contains "?" or "#"');
  if (url.protocol === 'file:') {
    if (url.hostname !== '') return refuse('a file address names no host: file:///path');
    if (/%(2f|5c|00)/i.test(url.pathname)) return refuse('the path contains an encoded slash or zero');
    return filePath(fileURLToPath(url), policy);
  }
  if (url.protocol === 'ssh:') {
    // As for git itself, `ssh://host/~user/x` is relative to a home directory.
    const path = decodeURIComponent(url.pathname).replace(/^\/~/, '~');
    return sshAddress(
      decodeURIComponent(url.username) || 'git',
      url.hostname,
      Number(url.port || '22'),
      path,
    );
  }
  if (url.username !== '') return refuse('the address contains a user name', SECRET_HINT);
  if (url.protocol === 'http:' && !policy.allowInsecureHttp && !isLoopback(url.hostname)) {
    return refuse(`http://${url.host} is not encrypted`, 'Use https://, or set `allowInsecureHttp`.');
  }
  return ok({ kind: 'http', url: url.href.replace(/\/+$/, '') });
}

const SECRET_HINT = 'Put user name and password into the credential of the source.';

function sshAddress(user: string, host: string, port: number, path: string): Result<SourceAddress, Problem> {
  if (!USER.test(user)) return refuse(`the user name of the address is odd: ${printable(user)}`);
  if (!HOST.test(host)) return refuse(`the host of the address is odd: ${printable(host)}`);
  if (path === '' || path === '/' || path.startsWith('-') || hasControlCharacter(path)) {
    return refuse(`the path of the address is odd: ${printable(path)}`);
  }
  return ok({ kind: 'ssh', user, host: host.replace(/^\[|\]$/g, ''), port, path });
}

function filePath(path: string, policy: AddressPolicy): Result<SourceAddress, Problem> {
  if (!policy.allowFile) {
    return refuse(`the configuration does not allow sources on this machine: ${printable(path)}`);
  }
  return ok({ kind: 'file', path: path.length > 1 ? path.replace(/\/+$/, '') : path });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function refuse(message: string, hint?: string): Result<SourceAddress, Problem> {
  return err(problem('source/scheme', message, hint === undefined ? {} : { hint }));
}

/** The address for people and for telling one source from another; it holds no secret. */
export function formatAddress(address: SourceAddress): string {
  if (address.kind === 'http') return address.url;
  if (address.kind === 'file') return address.path;
  const { user, host, port, path } = address;
  const where = `${user}@${host.includes(':') ? `[${host}]` : host}`;
  if (!path.startsWith('/') && !path.startsWith('~')) return `${where}:${path}`;
  return `ssh://${where}${port === 22 ? '' : `:${port}`}${path.startsWith('/') ? '' : '/'}${path}`;
}
