// What an older controller has stored is read as what it meant.

import { expect, it } from 'vitest';
import { decodeHost } from '../../src/loop/rows.ts';
import { host } from '../plan/world.ts';

it.each([
  ['named none, when the engine chose', null, '10.201.0.0/16'],
  ['could not name one', undefined, '10.201.0.0/16'],
  ['named one', '10.77.0.0/16', '10.77.0.0/16'],
])('a host that has left and %s has a range', (_, networkRange, expected) => {
  const stored = { ...host('h1'), networkRange };
  const read = decodeHost({ key: 'host/h1', value: JSON.stringify(stored), version: 1 });
  expect(read).toEqual({ ok: true, value: { ...stored, networkRange: expected } });
});
