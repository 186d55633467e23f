// Text from a repository or a server on its way to a person: nothing in it may steer a terminal or hide.

/** Control characters of every kind, including the line separators that are none by name. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** Zero-width characters, direction marks and other characters that are there but not seen. */
const INVISIBLE = /[\p{Cf}\u115F\u1160\u3164\uFFA0]/u;

export const hasControlCharacter = (text: string): boolean => CONTROL.test(text);
export const hasInvisibleCharacter = (text: string): boolean => INVISIBLE.test(text);

/** The text with every character that cannot be seen written as `\u{…}`. */
export function printable(text: string): string {
  return [...text]
    .map((character) =>
      CONTROL.test(character) || INVISIBLE.test(character)
        ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
        : character,
    )
    .join('');
}

/** The first line of what a server or an author wrote, printable, at most `maxLength` characters. */
export function firstLine(text: string, maxLength = 200): string {
  const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
  return printable(line.trimEnd().slice(0, maxLength));
}
