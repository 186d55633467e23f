// A revision is the content address of what runs in a service's containers: the container spec, the
// image's digest, the configs and (later) the secrets' fingerprints. Replicas, rollout, placement,
// networks and the source are no part of it, so changing them re-creates nothing.

import { contentHash } from '../kernel/canonical.ts';
import { RevisionId } from '../kernel/ids.ts';
import type { ContainerSpec } from './container.ts';

/** Raised when the same content must get another hash; a new value re-creates nothing by itself. */
const REVISION_HASH_VERSION = 1;

/** What an image reference was resolved to, once per service and spec. */
export type ImageIdentity =
  /** A digest from the registry: `sha256:…`. Every host runs exactly this. */
  | { readonly kind: 'digest'; readonly digest: string }
  /** Imported by hand, without a digest: the image ids that the hosts have under this name. */
  | { readonly kind: 'local'; readonly ids: readonly string[] };

export interface Revision {
  readonly id: RevisionId;
  readonly container: ContainerSpec;
  readonly image: ImageIdentity;
}

/** The same spec is asked about at every step, and hashing it is dear. */
const made = new WeakMap<ContainerSpec, { readonly identity: string; readonly revision: Revision }>();

export function makeRevision(container: ContainerSpec, image: ImageIdentity): Revision {
  const identity = image.kind === 'digest' ? image.digest : `local:${[...image.ids].sort().join(',')}`;
  const known = made.get(container);
  if (known?.identity === identity) return known.revision;
  const revision = hashed(container, image, identity);
  made.set(container, { identity, revision });
  return revision;
}

/** What came later is left out where it says nothing, so that what was hashed before keeps its hash. */
export const hashedContainer = (container: ContainerSpec) => ({
  ...container,
  connects: container.connects.length === 0 ? undefined : container.connects,
});

function hashed(container: ContainerSpec, image: ImageIdentity, identity: string): Revision {
  const content = { version: REVISION_HASH_VERSION, container: hashedContainer(container), image: identity };
  return { id: RevisionId.parse(contentHash(JSON.parse(JSON.stringify(content)), 12)), container, image };
}

/** What an engine is asked to run: pinned by digest, or the name of a local image. */
export function imageToRun(revision: Revision): string {
  const { image } = revision.container;
  if (revision.image.kind === 'local') return image;
  const name = image.split('@')[0] ?? image;
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  return `${colon === -1 ? name : name.slice(0, colon)}@${revision.image.digest}`;
}
