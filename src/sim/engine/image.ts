// One image in the tables of a simulated engine.

import { parseImageReference } from '../../kernel/image-reference.ts';
import type { Instant } from '../../kernel/time.ts';
import type { ObservedImage } from '../../observed/report.ts';
import type { RegistryImage } from './registry-view.ts';

export interface SimImage {
  readonly id: string;
  readonly made: RegistryImage;
  readonly createdAt: Instant;
  /** Whole names, as manifests have them. */
  tags: readonly string[];
  digests: readonly string[];
}

export const observeImage = ({ id, made, createdAt, tags, digests }: SimImage): ObservedImage => ({
  id,
  tags,
  digests,
  createdAt,
  sizeBytes: made.sizeBytes,
});

/** `registry/repository` of a whole name. */
export const repositoryOf = (reference: string): string =>
  reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');

export interface ImageName {
  readonly repository: string;
  /** Whole name with its tag; null for a name by digest. */
  readonly tag: string | null;
  readonly digest: string | null;
  readonly normalized: string;
}

/** Names are few and come again and again. */
const parsedNames = new Map<string, ImageName | null>();
const PARSED_KEPT = 1_000;

function parseName(reference: string): ImageName | null {
  const parsed = parseImageReference(reference);
  if (!parsed.ok) return null;
  const { registry, repository, tag, digest, normalized } = parsed.value;
  const whole = `${registry}/${repository}`;
  // Where there are both the digest decides.
  return {
    repository: whole,
    tag: tag === null || digest !== null ? null : `${whole}:${tag}`,
    digest,
    normalized,
  };
}

/** Null where it is none. */
export function imageName(reference: string): ImageName | null {
  const known = parsedNames.get(reference);
  if (known !== undefined) return known;
  if (parsedNames.size >= PARSED_KEPT) parsedNames.clear();
  const name = parseName(reference);
  parsedNames.set(reference, name);
  return name;
}
