// The image of a service: its full name, after what the controller's configuration replaces.

import { type ImageReference, parseImageReference } from '../kernel/image-reference.ts';
import { invariant } from '../kernel/invariant.ts';

/** The full name of `image`, which the schema has accepted. */
export function resolveImage(image: string, replacements: Readonly<Record<string, string>>): string {
  const written = parse(image);
  const entries = Object.entries(replacements);
  // A replacement for exactly this name goes before one for the name without its tag.
  const exact = entries.find(([from]) => hasVersion(from) && parse(from).normalized === written.normalized);
  if (exact !== undefined) return parse(exact[1]).normalized;
  const byName = entries.find(([from]) => !hasVersion(from) && isSameName(parse(from), written));
  if (byName === undefined) return written.normalized;
  const [, to] = byName;
  return parse(hasVersion(to) ? to : `${to}:${written.tag ?? 'latest'}`).normalized;
}

const isSameName = (a: ImageReference, b: ImageReference): boolean =>
  a.registry === b.registry && a.repository === b.repository;

/** Whether a name carries a tag or digest. */
const hasVersion = (name: string): boolean =>
  name.includes('@') || name.lastIndexOf(':') > name.lastIndexOf('/');

function parse(text: string): ImageReference {
  const parsed = parseImageReference(text);
  invariant(parsed.ok, 'an image name has been checked when it was read');
  return parsed.value;
}
