// Image references as Docker reads them (distribution/reference): one text for one image, so that
// `nginx` and `docker.io/library/nginx:latest` have one revision, one pull and one registry answer.

import type { Result } from './result.ts';
import { err, ok } from './result.ts';

export interface ImageReference {
  /** Host and port as people write it: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
  /** `latest` where the text names neither tag nor digest; null where it names a digest alone. */
  readonly tag: string | null;
  /** `sha256:…`, null where the text has none. */
  readonly digest: string | null;
  /** `registry/repository[:tag][@digest]`: equal images have equal texts, and parsing it gives the same. */
  readonly normalized: string;
}

const DEFAULT_REGISTRY = 'docker.io';
const LEGACY_DEFAULT_REGISTRY = 'index.docker.io';
const MAX_NAME_LENGTH = 255;

const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const HEX_DIGITS_OF: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
/** Longer than any valid reference: nothing behind it is worth matching. */
const MAX_TEXT_LENGTH = MAX_NAME_LENGTH + 1 + 128 + 1 + 135;

function digestError(digest: string): string | null {
  const [algorithm = '', hex = '', ...rest] = digest.split(':');
  const digits = HEX_DIGITS_OF[algorithm];
  if (digits === undefined || rest.length > 0) {
    return `the digest "${digest}" must start with sha256:, sha384: or sha512:`;
  }
  if (hex.length !== digits || !/^[0-9a-f]+$/.test(hex)) {
    return `the digest "${digest}" must have ${digits} lower-case hexadecimal digits after "${algorithm}:"`;
  }
  return null;
}

/** Splits off the registry: the part before the first `/` is one if it has a dot, a port or is `localhost`. */
function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const head = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = /[.:[]/.test(head) || head === 'localhost' || head !== head.toLowerCase();
  const registry = isRegistry ? head : DEFAULT_REGISTRY;
  const repository = isRegistry ? name.slice(slash + 1) : name;
  if (registry !== DEFAULT_REGISTRY && registry !== LEGACY_DEFAULT_REGISTRY) return { registry, repository };
  return {
    registry: DEFAULT_REGISTRY,
    repository: repository.includes('/') ? repository : `library/${repository}`,
  };
}

function nameError(registry: string, repository: string): string | null {
  if (!DOMAIN.test(registry)) return `"${registry}" is not the name of a registry`;
  if (/[A-Z]/.test(repository)) return `the name "${repository}" must be in lower case`;
  const wrong = repository.split('/').find((component) => !COMPONENT.test(component));
  if (wrong !== undefined) {
    return wrong === ''
      ? 'the name has an empty part'
      : `"${wrong}" in the name must consist of lower-case letters and digits, with ".", "_", "__" or "-" between them`;
  }
  if (registry.length + 1 + repository.length > MAX_NAME_LENGTH) {
    return `the name is longer than ${MAX_NAME_LENGTH} characters`;
  }
  return null;
}

/**
 * Reads `[registry/]name[:tag][@digest]` and fills in what Docker fills in: `docker.io`, `library/` and
 * `latest`. The error is a sentence about the text, for the message of an `image/reference` problem.
 */
export function parseImageReference(text: string): Result<ImageReference, string> {
  if (text === '') return err('is empty');
  if (text.length > MAX_TEXT_LENGTH) return err('is too long');
  if (/\s/.test(text)) return err('contains white space');
  if (/^[a-z]+:\/\//.test(text)) return err('must not have a scheme such as https://');
  if (/^(?:sha256:)?[0-9a-f]{64}$/.test(text)) return err('is an image id; name the image instead');
  const at = text.indexOf('@');
  const digest = at < 0 ? null : text.slice(at + 1);
  const wrongDigest = digest === null ? null : digestError(digest);
  if (wrongDigest !== null) return err(wrongDigest);
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.indexOf(':', beforeDigest.lastIndexOf('/') + 1);
  const writtenTag = colon < 0 ? null : beforeDigest.slice(colon + 1);
  if (writtenTag !== null && !TAG.test(writtenTag)) {
    return err(
      `the tag "${writtenTag}" must have 1 to 128 letters, digits, "_", "." or "-", and not start with "." or "-"`,
    );
  }
  const { registry, repository } = splitRegistry(colon < 0 ? beforeDigest : beforeDigest.slice(0, colon));
  const wrongName = nameError(registry, repository);
  if (wrongName !== null) return err(wrongName);
  const tag = writtenTag ?? (digest === null ? 'latest' : null);
  const normalized = `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
  return ok({ registry, repository, tag, digest, normalized });
}
