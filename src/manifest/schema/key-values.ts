// Compose's "map or list" of settings: `{A: 1}` or `["A=1"]`; always a map of strings afterwards.

import { z } from 'zod';
import { hasControl, quoted, reject } from './values.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

interface KeyRule {
  /** Why a key cannot stand here, null where it can. */
  readonly refuse: (key: string) => string | null;
  /** What is said of a list item without `=`. */
  readonly bare: string;
}

/** A map or list of settings under a rule for their keys. Values are never quoted: they may be secret. */
function keyValues(rule: KeyRule) {
  const map = z.record(z.string(), scalar).transform((entries, context): Record<string, string> => {
    for (const [key, value] of Object.entries(entries)) {
      const wrongKey = rule.refuse(key);
      const because = wrongKey ?? refuseValue(String(value));
      if (because !== null) reject(context, because, { path: [key], onKey: wrongKey !== null });
    }
    return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, String(value)]));
  });
  const list = z.array(z.string()).transform((items, context): Record<string, string> => {
    const found = new Map<string, string>();
    items.forEach((item, index) => {
      const at = item.indexOf('=');
      const key = at === -1 ? item : item.slice(0, at);
      const value = item.slice(at + 1);
      const because = at === -1 ? rule.bare : (rule.refuse(key) ?? refuseValue(value));
      if (because !== null) reject(context, because, { path: [index] });
      else if (found.has(key)) {
        reject(context, `${quoted(key)} stands twice in this list`, {
          path: [index],
          code: 'manifest/duplicate',
        });
      }
      found.set(key, value);
    });
    return Object.fromEntries(found);
  });
  return z.union([map, list]);
}

const refuseValue = (value: string): string | null =>
  value.includes('\u0000') ? 'the value must not contain a NUL character' : null;

/** `environment`: variables of the container. */
export const environment = keyValues({
  refuse: (key) =>
    key === '' || /[=\s]/.test(key) || hasControl(key)
      ? `${quoted(key)} cannot be the name of a variable`
      : null,
  bare: 'a variable needs a value (`NAME=value`): nothing is taken from the environment of the controller',
});

/** `labels` of a container. Plimsoll's own start with `dev.plimsoll.`. */
export const containerLabels = keyValues({
  refuse: (key) => {
    if (key === '' || key.length > 256 || /\s/.test(key) || hasControl(key))
      return `${quoted(key)} cannot be the name of a label`;
    return key.startsWith('dev.plimsoll.')
      ? 'labels that start with `dev.plimsoll.` belong to Plimsoll'
      : null;
  },
  bare: 'a label needs a value (`name=value`)',
});

/** `sysctls`: kernel parameters by dotted name. */
export const sysctls = keyValues({
  refuse: (key) =>
    /^[a-z0-9_-]+(\.[A-Za-z0-9_/-]+)+$/.test(key) ? null : `${quoted(key)} is not a kernel parameter`,
  bare: 'a kernel parameter needs a value (`name=value`)',
});
