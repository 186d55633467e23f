// The values that only plimsoll.yaml has: references to secrets, paths, addresses of repositories.

import { z } from 'zod';
import { parseImageReference } from '../kernel/image-reference.ts';
import { parseEngineAddress } from '../manifest/host-address.ts';
import { hasControl, quoted, reject, typeError } from '../manifest/schema/values.ts';

/** Where a secret is; its value never stands in the configuration. */
export type SecretReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string };

const SECRET_FORM = '`file:PATH` or `env:NAME`';

/** The text is not repeated in the error: it may be the secret itself. */
export const secretReference = z
  .string({ error: (issue) => typeError(issue.input, `a reference to a secret, ${SECRET_FORM}`) })
  .transform((text, context): SecretReference => {
    const [, kind, rest = ''] = /^(file|env):(.+)$/s.exec(text) ?? [];
    if (kind === 'file' && rest !== '' && !hasControl(rest)) return { kind, path: rest };
    if (kind === 'env' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { kind, name: rest };
    return reject(context, `must be a reference to a secret, ${SECRET_FORM}`, {
      code: 'config/invalid',
      hint: 'Put the secret into a file with mode 0600 or into an environment variable, and name that here.',
    });
  });

export const filePath = z
  .string()
  .min(1, 'must not be empty')
  .refine((text) => !hasControl(text), 'must not contain control characters');

export type Transport = 'https' | 'http' | 'ssh' | 'file';

export interface RepositoryAddress {
  readonly transport: Transport;
  /** As written; for `file` a path without `file://`, which may be relative to the configuration. */
  readonly url: string;
}

const SCP_LIKE = /^[^/@:\s]+@[^/@:\s]+:(?!\/\/)\S+$/;

function parseRepositoryAddress(text: string): RepositoryAddress | string {
  if (hasControl(text) || /\s/.test(text)) return 'contains blanks or control characters';
  if (/^(\/|\.{1,2}\/|~\/)/.test(text)) return { transport: 'file', url: text };
  if (SCP_LIKE.test(text)) return { transport: 'ssh', url: text };
  const url = URL.parse(text);
  const transport = (['https', 'http', 'ssh', 'file'] as const).find((name) => url?.protocol === `${name}:`);
  if (url === null || transport === undefined) {
    return 'is no address of a repository: https://…, ssh://user@host/path, user@host:path, or a path that starts with / or ./';
  }
  if (url.password !== '' || (transport !== 'ssh' && url.username !== '')) {
    return 'contains a user or password: use `credential`';
  }
  if (transport === 'file') return { transport, url: decodeURIComponent(url.pathname) };
  return { transport, url: text };
}

/** Not repeated in the error either: addresses with a token in them are common. */
export const repositoryAddress = z.string().transform((text, context): RepositoryAddress => {
  const parsed = parseRepositoryAddress(text);
  return typeof parsed === 'string' ? reject(context, parsed, { code: 'config/invalid' }) : parsed;
});

/** `docker.io`, `registry.example.com:5000`: what stands before the first `/` of an image name. */
export const registryName = z.string().transform((text, context): string => {
  const parsed = parseImageReference(`${text}/x`);
  if (parsed.ok && parsed.value.registry === text) return text;
  return reject(
    context,
    `${quoted(text)} is no registry such as \`docker.io\` or \`registry.example.com:5000\``,
    {
      code: 'config/invalid',
    },
  );
});

export const imageName = z.string().superRefine((text, context) => {
  const parsed = parseImageReference(text);
  if (!parsed.ok) reject(context, `is no name of an image: ${parsed.error}`, { code: 'config/invalid' });
});

export const engineAddress = z.string().superRefine((text, context) => {
  const parsed = parseEngineAddress(text);
  if ('because' in parsed) reject(context, parsed.because, { code: 'config/invalid' });
});

export const hostKey = z
  .string()
  .regex(
    /^(SHA256:[A-Za-z0-9+/]{43}=?|(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,2000}={0,2}( .*)?)$/,
    'is no host key: `SHA256:…` or a line such as `ssh-ed25519 AAAA…`',
  );

/** The name of a key in `ssh.keys` or `tls`; `credential` of a Host names one of both. */
export const credentialName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'is no name: lower-case letters, digits and `-`, at most 63 characters',
  );
