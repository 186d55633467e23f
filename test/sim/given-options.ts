// Reads the options of a command of ours as they were given. Whatever it does not know is refused with a sentence:
// whoever gives it believes that it does something.

import { parseArgs } from 'node:util';

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>>;

/** What was given, as it stands; switches stand there with an empty text. Throws a sentence. */
export function givenOptions<Known extends Options>(
  args: readonly string[],
  known: Known,
): ReadonlyMap<keyof Known, string> {
  const isKnown = (name: string): name is keyof Known & string => Object.hasOwn(known, name);
  // Node's own refusals know nothing of what an option takes: everything is let in and looked at here.
  const { tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const found = new Map<keyof Known, string>();
  for (const token of tokens) {
    if (token.kind !== 'option')
      throw new Error(`"${token.kind === 'positional' ? token.value : '--'}" belongs to no option`);
    const { name, rawName, value, inlineValue } = token;
    if (!isKnown(name)) throw new Error(`there is no option ${rawName}; --help names all`);
    if (known[name]?.type === 'boolean') {
      if (value !== undefined) throw new Error(`--${name} takes no value`);
    } else if (value === undefined || (!inlineValue && value.startsWith('--')))
      throw new Error(`--${name} needs a value`);
    found.set(name, value ?? '');
  }
  return found;
}

/** A whole number from `least` on; throws where it is none. */
export function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || !Number.isSafeInteger(number))
    throw new Error(`--${name} takes a whole number from ${least} on, and not "${text}"`);
  return number;
}
