// Image names as the engine reads them (grammar of distribution/reference), made explicit: registry,
// repository and tag or digest, so that equal images have equal names.

export interface ImageReference {
  /** `docker.io`, `ghcr.io`, `registry.local:5000` */
  readonly registry: string;
  /** `library/nginx` */
  readonly repository: string;
  /** Null where a digest is given: the digest alone decides what runs. */
  readonly tag: string | null;
  readonly digest: string | null;
}

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const REGISTRY =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DEFAULT_REGISTRY = 'docker.io';

/** Reads an image name; null where it is none. Names longer than 255 characters are none. */
export function parseImageReference(text: string): ImageReference | null {
  if (text.length > 512) return null;
  const [named = '', digest = null, ...rest] = text.split('@');
  if (rest.length > 0 || (digest !== null && !DIGEST.test(digest))) return null;
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : null;
  if (tag !== null && !TAG.test(tag)) return null;
  const split = splitRegistry(hasTag ? named.slice(0, colon) : named);
  if (split === null || !split.repository.split('/').every((part) => COMPONENT.test(part))) return null;
  if (`${split.registry}/${split.repository}`.length > 255) return null;
  return { ...split, tag: digest === null ? (tag ?? 'latest') : null, digest };
}

function splitRegistry(name: string): { registry: string; repository: string } | null {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isRegistry =
    first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase();
  if (!isRegistry) {
    return { registry: DEFAULT_REGISTRY, repository: slash === -1 ? `library/${name}` : name };
  }
  if (!REGISTRY.test(first)) return null;
  const repository = name.slice(slash + 1);
  if (first !== DEFAULT_REGISTRY && first !== 'index.docker.io') return { registry: first, repository };
  return {
    registry: DEFAULT_REGISTRY,
    repository: repository.includes('/') ? repository : `library/${repository}`,
  };
}

/** The one full spelling: `docker.io/library/nginx:1.27`. */
export function formatImageReference(image: ImageReference): string {
  const name = `${image.registry}/${image.repository}`;
  return image.digest === null ? `${name}:${image.tag ?? 'latest'}` : `${name}@${image.digest}`;
}
