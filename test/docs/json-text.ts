// JSON as the formatter of the project would write it, so that generated files need no exception: maps
// on lines of their own, lists of plain values on one line where they fit.

const LINE_WIDTH = 110;
const INDENT = '  ';

/** The text of a JSON value, with a line feed at the end. */
export const jsonText = (value: unknown): string => `${print(value, '', 0)}\n`;

/** `before`: how many characters stand in front of the value on its line, and one behind it. */
function print(value: unknown, indent: string, before: number): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = indent + INDENT;
  if (!Array.isArray(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return '{}';
    const lines = entries.map(([key, item]) => {
      const label = `${JSON.stringify(key)}: `;
      return `${inner}${label}${print(item, inner, inner.length + label.length)}`;
    });
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  const onOneLine = inline(value);
  if (onOneLine !== null && before + onOneLine.length + 1 <= LINE_WIDTH) return onOneLine;
  return `[\n${value.map((item) => inner + print(item, inner, inner.length)).join(',\n')}\n${indent}]`;
}

/** Null where the list holds a map with keys, or several lists. */
function inline(list: readonly unknown[]): string | null {
  const items = list.map((item) => {
    if (Array.isArray(item)) return inline(item);
    if (item !== null && typeof item === 'object') return Object.keys(item).length === 0 ? '{}' : null;
    return JSON.stringify(item);
  });
  const severalLists = list.length > 1 && list.every((item) => Array.isArray(item) && item.length > 1);
  return items.includes(null) || severalLists ? null : `[${items.join(', ')}]`;
}
