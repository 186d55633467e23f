// The registry adapter against Debian's docker-registry: open, with passwords, with a token service that
// signs what the registry verifies, and over TLS with a certificate of its own.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createRegistry } from '../../../src/adapters/registry/registry.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Registry } from '../../../src/ports/registry.ts';
import type { DebianRegistry } from './debian-registry.ts';
import { ACCOUNT, debianRegistry } from './debian-registry.ts';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}';

const options = { deadlineMs: 5_000 };

const client = (registry: DebianRegistry): Registry =>
  createRegistry({
    clock: systemClock,
    registries: [{ registry: registry.address, insecure: registry.ca === null, ca: registry.ca }],
    insecurePrivateAddresses: false,
  });

const login = (registry: DebianRegistry, password = ACCOUNT.password) => ({
  registry: registry.address,
  username: ACCOUNT.username,
  password: new Sealed(password),
});

async function pushImage(registry: DebianRegistry, tag: string, kind: string): Promise<string> {
  const isOci = kind === OCI_MANIFEST || kind === OCI_INDEX;
  const manifestType = isOci ? OCI_MANIFEST : DOCKER_MANIFEST;
  const configType = isOci
    ? 'application/vnd.oci.image.config.v1+json'
    : 'application/vnd.docker.container.image.v1+json';
  const config = await registry.blob('team/api', CONFIG, configType);
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [] };
  if (kind === manifestType) return registry.push('team/api', tag, kind, manifest);
  const digest = await registry.push('team/api', `${tag}-amd64`, manifestType, manifest);
  const size = JSON.stringify(manifest).length;
  const platform = { architecture: 'amd64', os: 'linux' };
  const list = {
    schemaVersion: 2,
    mediaType: kind,
    manifests: [{ mediaType: manifestType, digest, size, platform }],
  };
  return registry.push('team/api', tag, kind, list);
}

describe('an open registry', () => {
  it('gives the digest of every kind of manifest, and of the index rather than of one platform', async () => {
    const registry = await debianRegistry('open');
    for (const kind of [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX]) {
      const tag = kind.replaceAll(/[^a-z0-9]/g, '-').slice(-40);
      const digest = await pushImage(registry, tag, kind);
      expect(digest).toMatch(/^sha256:/);
      const answer = await client(registry).resolve(`${registry.address}/team/api:${tag}`, null, options);
      expect(answer, kind).toEqual({ ok: true, value: digest });
    }
  });

  it('sees a tag that moves, and says what is missing', async () => {
    const registry = await debianRegistry('open');
    const before = await pushImage(registry, 'v1', DOCKER_MANIFEST);
    const after = await pushImage(registry, 'v1', OCI_MANIFEST);
    expect(after).not.toBe(before);
    const using = client(registry);
    expect(await using.resolve(`${registry.address}/team/api:v1`, null, options)).toEqual({
      ok: true,
      value: after,
    });
    for (const missing of ['team/api:v2', 'team/other:v1']) {
      expect(await using.resolve(`${registry.address}/${missing}`, null, options)).toMatchObject({
        ok: false,
        error: { code: 'image/not-found', message: expect.stringContaining(missing) },
      });
    }
    await registry.stop();
    expect(await using.resolve(`${registry.address}/team/api:v1`, null, options)).toMatchObject({
      ok: false,
      error: { code: 'image/registry' },
    });
  });
});

describe.each(['password', 'token'] as const)('a registry with a %s', (guise) => {
  it('answers who logs in, and refuses a wrong and a missing password for good', async () => {
    const registry = await debianRegistry(guise);
    const digest = await pushImage(registry, 'v1', OCI_MANIFEST);
    const using = client(registry);
    const reference = `${registry.address}/team/api:v1`;
    expect(await using.resolve(reference, login(registry), options)).toEqual({ ok: true, value: digest });
    expect(await using.resolve(reference, login(registry), options)).toEqual({ ok: true, value: digest });
    for (const credential of [login(registry, 'wrong'), null]) {
      expect(await using.resolve(reference, credential, options)).toMatchObject({
        ok: false,
        error: { code: 'image/auth' },
      });
    }
    expect(await using.resolve(`${registry.address}/team/api:v2`, login(registry), options)).toMatchObject({
      ok: false,
      error: { code: 'image/not-found' },
    });
  });
});

describe('a registry over TLS', () => {
  it('is trusted with its certificate authority, and not without', async () => {
    const registry = await debianRegistry('tls');
    const reference = `${registry.address}/team/api:v1`;
    // Answered by the registry itself: the connection stood.
    expect(await client(registry).resolve(reference, null, options)).toMatchObject({
      ok: false,
      error: { code: 'image/not-found' },
    });
    expect(await client({ ...registry, ca: null }).resolve(reference, null, options)).toMatchObject({
      ok: false,
    });
    const untrusting = createRegistry({
      clock: systemClock,
      registries: [],
      insecurePrivateAddresses: false,
    });
    expect(await untrusting.resolve(reference, null, options)).toMatchObject({
      ok: false,
      error: { code: 'image/registry', hint: expect.stringContaining('certificate authority') },
    });
  });
});
