// Reads OpenSSH's known_hosts for the keys of one server: plain and hashed names, ports, wildcards,
// revoked keys. A server that is not there is not trusted.

import { createHmac } from 'node:crypto';

/** The name that OpenSSH looks for: with the port where it is not 22. */
const knownHostsName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

function matchesHashed(pattern: string, name: string): boolean {
  const [, , salt = '', hash = ''] = pattern.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function matchesPlain(pattern: string, name: string): boolean {
  // Only `*` and `?` are special there.
  const source = pattern
    .toLowerCase()
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return matchesHashed(patterns, name);
  const all = patterns.split(',');
  if (all.some((pattern) => pattern.startsWith('!') && matchesPlain(pattern.slice(1), name))) return false;
  return all.some((pattern) => !pattern.startsWith('!') && matchesPlain(pattern, name));
}

/** Lines such as `ssh-ed25519 AAAA…`. Authorities (`@cert-authority`) are left out: certificates are not checked. */
export function knownHostKeys(text: string, host: string, port: number): readonly string[] {
  const name = knownHostsName(host, port);
  const keys: string[] = [];
  const revoked = new Set<string>();
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [patterns, type, key] = fields;
    if (patterns === undefined || patterns.startsWith('#') || type === undefined || key === undefined)
      continue;
    if (!matches(patterns, name)) continue;
    if (marker === '@revoked') revoked.add(`${type} ${key}`);
    else if (marker === undefined) keys.push(`${type} ${key}`);
  }
  return keys.filter((key) => !revoked.has(key));
}
