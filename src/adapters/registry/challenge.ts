// What a registry demands in WWW-Authenticate (RFC 9110, and the token scheme of the registry API).

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | null;
      readonly scopes: readonly string[];
    };

const MAX_HEADER_LENGTH = 8 * 1024;
const PART = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;
const SEPARATOR = /[\s,]*/y;

interface ParsedScheme {
  readonly name: string;
  readonly parameters: Map<string, string>;
}

/** Words without `=` are schemes, words with it are parameters of the scheme before them. */
function parseSchemes(header: string): readonly ParsedScheme[] {
  const schemes: ParsedScheme[] = [];
  let position = 0;
  while (position < header.length) {
    SEPARATOR.lastIndex = position;
    SEPARATOR.test(header);
    PART.lastIndex = SEPARATOR.lastIndex;
    const part = PART.exec(header);
    if (part === null) break;
    position = PART.lastIndex;
    const [, word = '', quoted, plain] = part;
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) schemes.push({ name: word.toLowerCase(), parameters: new Map() });
    else schemes.at(-1)?.parameters.set(word.toLowerCase(), value);
  }
  return schemes;
}

/** The challenge to answer: a token where one is offered, else a password; null where neither is. */
export function parseChallenge(header: string | undefined): Challenge | null {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return null;
  const schemes = parseSchemes(header);
  const bearer = schemes.find((scheme) => scheme.name === 'bearer')?.parameters;
  const realm = bearer?.get('realm');
  if (realm !== undefined) {
    const scopes = (bearer?.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    return { scheme: 'bearer', realm, service: bearer?.get('service') ?? null, scopes };
  }
  return schemes.some((scheme) => scheme.name === 'basic') ? { scheme: 'basic' } : null;
}
