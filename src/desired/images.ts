// The image of a service: its full name, after what the controller's configuration replaces.

import { invariant } from '../kernel/invariant.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
} from '../manifest/image-reference.ts';

/** The full name of `image`, which the schema has accepted. */
export function resolveImage(image: string, replacements: Readonly<Record<string, string>>): string {
  const written = parse(image);
  const exact = Object.hasOwn(replacements, image) ? replacements[image] : undefined;
  for (const [from, to] of exact === undefined ? Object.entries(replacements) : [[image, exact] as const]) {
    const replaced = replace(written, from, to, from === image);
    if (replaced !== null) return formatImageReference(replaced);
  }
  return formatImageReference(written);
}

function replace(written: ImageReference, from: string, to: string, exact: boolean): ImageReference | null {
  const pattern = parse(from);
  if (pattern.registry !== written.registry || pattern.repository !== written.repository) return null;
  const byName = !hasVersion(from);
  if (!exact && !byName && formatImageReference(pattern) !== formatImageReference(written)) return null;
  const target = parse(to);
  return byName && !hasVersion(to) ? { ...target, tag: written.tag ?? 'latest' } : target;
}

/** Whether a name carries a tag or digest. */
const hasVersion = (name: string): boolean =>
  name.includes('@') || name.lastIndexOf(':') > name.lastIndexOf('/');

function parse(text: string): ImageReference {
  const parsed = parseImageReference(text);
  invariant(parsed !== null, 'an image name has been checked when it was read');
  return parsed;
}
