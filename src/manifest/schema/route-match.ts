// What a rule of a Route can tell requests by: host, path, method, headers and the client's address.

import { z } from 'zod';
import type { HeaderMatch } from '../../kernel/route.ts';
import { quoted, reject, required, word } from './values.ts';

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`);
const LONGEST_HOST_NAME = 253;

export const hostName = z.string().transform((text, context): string => {
  const name = text.toLowerCase();
  if (HOST_NAME.test(name) && name.length <= LONGEST_HOST_NAME) return name;
  const hint = /[:/]/.test(text)
    ? 'Write the name alone, without `https://`, port or path.'
    : 'Write a name of DNS; `*.` may stand before it, and names with other letters are written as `xn--…`.';
  return reject(context, `${quoted(text)} is not a host name such as \`shop.example.com\``, { hint });
});

/** Characters that a URL has as they are, without those that have a meaning of their own in one: `%`, `;`, `?`, `#`. */
const PATH = /^\/[A-Za-z0-9._~!$&'()*+,=:@/-]*$/;

export const exactPath = z
  .string()
  .max(1_024, 'is longer than 1024 characters')
  .transform((text, context): string => {
    const hasDots = text.split('/').some((part) => part === '.' || part === '..');
    if (PATH.test(text) && !hasDots && !text.includes('//')) return text;
    return reject(context, `${quoted(text)} is not a path such as \`/api\``, {
      code: 'manifest/path',
      hint: 'Begin with `/`; write it decoded, with letters, digits and `-._~` in names, and without `//`, `..` and a query.',
    });
  });

/** As prefixes count by whole segments, a slash at the end says nothing. */
export const pathPrefix = exactPath.transform((text) => text.replace(/\/$/, ''));

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

/** Of these load balancers say the values themselves. */
const OURS = /^(x-plimsoll-|x-forwarded-|x-real-ip$|forwarded$|host$)/;

const headerName = z.string().transform((text, context): string => {
  const name = text.toLowerCase();
  if (!/^[a-z0-9_-]{1,64}$/.test(name))
    return reject(context, `${quoted(text)} is not the name of a header`, {
      hint: 'Write letters, digits, `-` and `_`: others are taken differently by different programs.',
    });
  if (OURS.test(name)) return reject(context, `nothing can be matched by the header ${quoted(name)}`);
  return name;
});

export const header = z
  .strictObject({
    name: required(headerName, { description: 'Name of the header.', examples: ['x-version'] }),
    exact: required(
      word.max(256, 'is longer than 256 characters').refine((text) => text === text.trim(), {
        error: 'must not begin or end with a space',
      }),
      { description: 'The value that it must have.', examples: ['2'] },
    ),
  })
  .transform((one): HeaderMatch => ({ name: one.name, value: one.exact }));

export const uniqueBy =
  <T>(nameOf: (value: T) => string) =>
  (values: readonly T[], context: Parameters<typeof reject>[0]): void => {
    const seen = new Set<string>();
    values.forEach((value, index) => {
      const name = nameOf(value);
      if (seen.has(name))
        reject(context, `${quoted(name)} is named twice`, { path: [index], code: 'manifest/duplicate' });
      seen.add(name);
    });
  };

export const itself = (text: string): string => text;

const clients = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
export const clientAddress = z
  .string()
  .refine(
    (text) => clients.safeParse(text).success,
    'is neither an IP address nor a network such as `10.0.0.0/8`',
  );
