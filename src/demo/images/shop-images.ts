// The images of the example shop, made on the engine itself: one base, and upon it a few versions of each
// service that differ in nothing but what they say they are. No build, no registry of our own.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { missing } from '../command.ts';
import type { DockerApi } from '../engine/docker-api.ts';
import { importImage, LOCAL_REPOSITORY } from './import-image.ts';
import { ownNodeRootFileSystem } from './own-node.ts';
import { pullImage } from './pull-image.ts';
import { tarOf } from './tar.ts';

/** What the manifests of the example name. */
export const EXAMPLE_REPOSITORY = 'ghcr.io/example-shop';

/** The tags that a visitor can put into a manifest; the first is that of the example. */
export const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  web: ['1.4.0', '1.5.0', 'broken'],
  api: ['2.1.0', '2.2.0', '2.3.0', 'broken'],
  worker: ['2.1.0', '2.2.0'],
  db: ['16.3', '16.4'],
};

const PROGRAM = 'shop/server.ts';
const BASE = 'docker.io/library/node:24-alpine';
/** Of the base that is made of this machine's Node. */
const BASE_TAG = 'base';
const HEALTHCHECK = `HEALTHCHECK --interval=2s --timeout=2s CMD ["/usr/local/bin/node", "/${PROGRAM}", "check"]`;
const COMMIT_MS = 60_000;
const Created = z.object({ Id: z.string() });

type Say = (detail: string) => void;

interface ImageWish {
  readonly api: DockerApi;
  readonly say: Say;
  /** Puts a health check into the images. */
  readonly checksItself: boolean;
}

async function removeContainer(api: DockerApi, id: string): Promise<void> {
  await api.send({ method: 'DELETE', path: `/containers/${id}`, query: { force: '1' }, alsoFine: [404] });
}

/** All versions of all services, as further configurations of one container that never runs. */
async function commitVersions({ api, say, checksItself }: ImageWish, base: string): Promise<number> {
  const body = { Image: base, Cmd: [`/${PROGRAM}`] };
  const { Id } = await api.read({ method: 'POST', path: '/containers/create', body }, Created);
  let count = 0;
  try {
    const program = readFileSync(new URL('../shop/server.ts', import.meta.url), 'utf8');
    const archive = tarOf([
      { name: 'shop/', mode: 0o755, content: { kind: 'directory' } },
      { name: PROGRAM, mode: 0o644, content: { kind: 'text', text: program } },
    ]);
    await api.send({ method: 'PUT', path: `/containers/${Id}/archive`, query: { path: '/' }, archive });
    for (const [service, tags] of Object.entries(VERSIONS)) {
      for (const tag of tags) {
        const changes = [
          `ENV SHOP_ROLE=${service} SHOP_VERSION=${tag}`,
          'ENTRYPOINT ["/usr/local/bin/node"]',
          `CMD ["/${PROGRAM}"]`,
          ...(checksItself && service !== 'worker' ? [HEALTHCHECK] : []),
        ];
        const query = { container: Id, repo: `${LOCAL_REPOSITORY}/${service}`, tag, changes };
        await api.send({ method: 'POST', path: '/commit', query, body: {}, deadlineMs: COMMIT_MS });
        count += 1;
        say(`${service}:${tag}`);
      }
    }
  } finally {
    await removeContainer(api, Id);
  }
  return count;
}

export interface ShopImages {
  readonly count: number;
  /** What the images stand upon, as a part of a sentence. */
  readonly origin: string;
  /** The name of an image that was pulled, and stays when the demo ends; null where none was. */
  readonly pulled: string | null;
}

/** Pulls the base where a registry answers, and otherwise imports what this machine has. */
export async function prepareImages(wish: ImageWish): Promise<ShopImages> {
  const { api, say } = wish;
  const pulled = await pullImage(api, BASE, say);
  if (pulled.ok) return { count: await commitVersions(wish, BASE), origin: BASE, pulled: BASE };
  if (process.platform !== 'linux') {
    throw missing(
      `no images: ${pulled.because}, and the Node of this machine runs in no Linux container`,
      'Connect this machine to docker.io and run the demo again.',
    );
  }
  const name = { repository: LOCAL_REPOSITORY, tag: BASE_TAG };
  const base = await importImage({ api, say, ...name }, await ownNodeRootFileSystem());
  const count = await commitVersions(wish, base);
  return { count, origin: `this machine's Node ${process.versions.node} (${pulled.because})`, pulled: null };
}

const Images = z.array(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullable() }));

/** Removes every image that the demo made; what a container still uses stays. */
export async function removeImages(api: DockerApi): Promise<void> {
  const images = await api.read({ method: 'GET', path: '/images/json' }, Images);
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  // The base last: what stands upon it goes first.
  for (const name of names
    .filter((one) => one.startsWith(LOCAL_REPOSITORY))
    .sort()
    .reverse()) {
    await api.send({ method: 'DELETE', path: `/images/${name}`, alsoFine: [404, 409] });
  }
}
