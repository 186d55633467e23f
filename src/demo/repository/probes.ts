// For engines whose containers the controller cannot reach (Docker Desktop, rootless Docker): the copy of the
// example relies on the health checks of the images instead of on probes from outside.

import type { Fleet } from './fleet.ts';

const FILES = ['shop/api.yaml', 'shop/db.yaml', 'shop/web/web.yaml'];

/** Takes `readiness` out of the services of the copy. */
export function withoutProbes(fleet: Fleet): void {
  for (const file of FILES) fleet.edit(file, (text) => text.replace(/^ {2}readiness:\n(?: {4}.*\n)+/m, ''));
}
