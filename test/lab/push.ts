// Puts an image into a registry by the registry's own HTTP API. No engine takes part, so no host of the lab has
// the image before the product makes it pull.

import { createHash } from 'node:crypto';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface PushTarget {
  readonly address: string;
  readonly credentials: Credentials | undefined;
}

export interface Layer {
  readonly compressed: Buffer;
  /** Digest of the uncompressed tar, which the image's configuration lists. */
  readonly diffId: string;
}

/** The part of an image's configuration that says how to run it. */
export interface RunConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Healthcheck?: { readonly Test: readonly string[] } & Readonly<Record<string, unknown>>;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly User?: string;
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>;
}

export interface PushedImage {
  /** "10.231.4.2:5000/web:1.0" */
  readonly ref: string;
  /** "sha256:…" of the manifest. */
  readonly digest: string;
  /** "10.231.4.2:5000/web@sha256:…" */
  readonly pinned: string;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

export async function pushImage(
  target: PushTarget,
  repository: string,
  tag: string,
  layers: readonly Layer[],
  config: RunConfig,
): Promise<PushedImage> {
  const configBlob = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '2020-01-01T00:00:00Z', // fixed: the same content has the same digest
      config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: layers.map(() => ({ created: '2020-01-01T00:00:00Z' })),
    }),
  );
  for (const blob of [configBlob, ...layers.map((layer) => layer.compressed)]) {
    await pushBlob(target, repository, blob);
  }
  const describe = (mediaType: string, blob: Buffer) => ({
    mediaType,
    size: blob.length,
    digest: sha256(blob),
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe(CONFIG, configBlob),
      layers: layers.map((layer) => describe(LAYER, layer.compressed)),
    }),
  );
  await request(target, 'PUT', `/v2/${repository}/manifests/${tag}`, manifest, MANIFEST);
  const name = `${target.address}/${repository}`;
  const digest = sha256(manifest);
  return { ref: `${name}:${tag}`, digest, pinned: `${name}@${digest}` };
}

async function pushBlob(target: PushTarget, repository: string, blob: Buffer): Promise<void> {
  const digest = sha256(blob);
  const found = await send(target, 'HEAD', `/v2/${repository}/blobs/${digest}`);
  if (found.ok) return;
  const upload = await request(target, 'POST', `/v2/${repository}/blobs/uploads/`);
  const location = new URL(upload.headers.get('location') ?? '', `http://${target.address}`);
  location.searchParams.set('digest', digest);
  await request(target, 'PUT', location.pathname + location.search, blob, 'application/octet-stream');
}

async function request(
  target: PushTarget,
  method: string,
  path: string,
  body?: Buffer,
  type?: string,
): Promise<Response> {
  const response = await send(target, method, path, body, type);
  if (!response.ok) {
    throw new Error(`${method} http://${target.address}${path}: ${response.status} ${await response.text()}`);
  }
  return response;
}

function send(target: PushTarget, method: string, path: string, body?: Buffer, type?: string) {
  const headers: Record<string, string> = {};
  if (type !== undefined) headers['content-type'] = type;
  if (target.credentials !== undefined) {
    const { username, password } = target.credentials;
    headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  return fetch(`http://${target.address}${path}`, {
    method,
    headers,
    body: body === undefined ? null : new Uint8Array(body),
    signal: AbortSignal.timeout(30_000),
  });
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
