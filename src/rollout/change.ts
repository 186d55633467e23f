// Says in words what differs between two revisions, field by field, without quoting values that may be
// secret.

import type { ContainerSpec } from '../desired/container.ts';
import type { Revision } from '../desired/revision.ts';
import { isSameJson } from '../kernel/same-json.ts';

function environmentChange(from: ContainerSpec, to: ContainerSpec): string {
  const names = new Set([...Object.keys(from.environment), ...Object.keys(to.environment)]);
  const changed = [...names].filter((n) => from.environment[n] !== to.environment[n]).sort();
  return `environment ${changed.join(', ')}`;
}

function imageChange(from: Revision, to: Revision): string | null {
  if (from.container.image !== to.container.image)
    return `image ${from.container.image} → ${to.container.image}`;
  if (!isSameJson(from.image, to.image)) return `digest of image ${to.container.image}`;
  return null;
}

/** `image shop/api:1 → shop/api:2, environment LOG_LEVEL` or `first deployment`. */
export function explainChange(from: Revision | null, to: Revision): string {
  if (from === null) return 'first deployment';
  const parts: string[] = [];
  const image = imageChange(from, to);
  if (image !== null) parts.push(image);
  for (const [field, value] of Object.entries(to.container)) {
    if (field === 'image') continue;
    const before = Object.entries(from.container).find(([name]) => name === field)?.[1];
    if (isSameJson(before ?? null, value ?? null)) continue;
    parts.push(field === 'environment' ? environmentChange(from.container, to.container) : field);
  }
  return parts.length === 0 ? 'the revision hash changed' : `${parts.join(', ')} changed`;
}
