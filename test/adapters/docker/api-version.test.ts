// Which version of the engine's API is spoken with which engine.

import { describe, expect, it } from 'vitest';
import { negotiateApiVersion } from '../../../src/adapters/docker/api-version.ts';

describe('the newest version that both sides know is spoken', () => {
  it.each([
    ['Docker 20.10', '1.41', '1.12', '1.41'],
    ['Docker 23', '1.42', '1.12', '1.42'],
    ['Docker 25', '1.44', '1.24', '1.44'],
    ['Docker 28', '1.51', '1.24', '1.51'],
    ['an engine newer than this adapter', '1.60', '1.44', '1.51'],
    ['an engine that tells no oldest version', '1.45', undefined, '1.45'],
    ['an engine whose oldest is exactly ours', '1.70', '1.51', '1.51'],
  ])('%s (newest %s, oldest %s): %s', (_, newest, oldest, spoken) => {
    expect(negotiateApiVersion('h1', { newest, oldest })).toEqual({ ok: true, value: spoken });
  });

  it.each([
    ['Docker 19.03', '1.40', '1.12', 'Upgrade the engine'],
    ['a major version below', '0.99', undefined, 'Upgrade the engine'],
    ['an engine that no longer speaks ours', '1.70', '1.52', 'Upgrade Plimsoll'],
  ])('%s (newest %s, oldest %s) is refused: %s', (_, newest, oldest, hint) => {
    const refused = negotiateApiVersion('h1', { newest, oldest });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'host/api-version', hint: expect.stringContaining(hint) },
    });
  });
});
