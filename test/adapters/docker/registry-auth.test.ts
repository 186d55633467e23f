// How a registry's password reaches the engine.

import { describe, expect, it } from 'vitest';
import { registryAuthHeader } from '../../../src/adapters/docker/registry-auth.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';

describe('the password for a registry', () => {
  const read = (header: string): unknown => JSON.parse(Buffer.from(header, 'base64url').toString());

  it('travels as padded, URL-safe base64', () => {
    // These give `/`, `+` and padding in plain base64.
    for (const password of ['~~~???', '>>>', 'a', 'ab', 'abc']) {
      const credential = { registry: 'r:5000', username: 'u', password: new Sealed(password) };
      const header = registryAuthHeader(credential);
      expect(header).toMatch(/^[A-Za-z0-9_-]+={0,2}$/);
      expect(header.length % 4).toBe(0);
      expect(read(header)).toEqual({ username: 'u', password, serveraddress: 'r:5000' });
    }
  });

  it('names Docker Hub as engines know it', () => {
    const credential = { registry: 'docker.io', username: 'u', password: new Sealed('p') };
    expect(read(registryAuthHeader(credential))).toMatchObject({
      serveraddress: 'https://index.docker.io/v1/',
    });
  });
});
