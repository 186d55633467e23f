// What an older controller has stored is read as what it meant.

import { expect, it } from 'vitest';
import { makeRevision } from '../../src/desired/revision.ts';
import { decodeHost, decodeRevision } from '../../src/loop/rows.ts';
import { host, service } from '../plan/world.ts';

it.each([
  ['named none, when the engine chose', null, '10.201.0.0/16'],
  ['could not name one', undefined, '10.201.0.0/16'],
  ['named one', '10.77.0.0/16', '10.77.0.0/16'],
])('a host that has left and %s has a range', (_, networkRange, expected) => {
  const stored = { ...host('h1'), networkRange };
  const read = decodeHost({ key: 'host/h1', value: JSON.stringify(stored), version: 1 });
  expect(read).toEqual({ ok: true, value: { ...stored, networkRange: expected } });
});

it('a revision from before there were connections has none, and its id', () => {
  const { container } = service('api');
  const revision = makeRevision(container, { kind: 'digest', digest: `sha256:${'a'.repeat(64)}` });
  const { connects: _, ...older } = container;
  const value = JSON.stringify({ ...revision, container: older });
  const read = decodeRevision({ key: `revision/${revision.id}`, value, version: 1 });
  expect(read).toEqual({ ok: true, value: revision });
});

it.each(['null', '[]', '{}', '{"id":"0123456789ab","image":{"kind":"local","ids":[]}}'])(
  'a revision that is damaged is none: %s',
  (value) => {
    const read = decodeRevision({ key: 'revision/0123456789ab', value, version: 1 });
    expect(read).toMatchObject({ ok: false, error: { code: 'store/damaged' } });
  },
);
