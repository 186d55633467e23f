// The lists of a host that are read again as a whole when something in them has changed.

import type { HostUpdate } from '../observed/report.ts';
import type { CallOptions, Host } from '../ports/host.ts';

export type ObjectList = 'networks' | 'volumes' | 'images';

export type ListedObjects = Pick<Extract<HostUpdate, { readonly kind: 'objects' }>, ObjectList>;

/** The named list, as an update of the view takes it. */
export async function listObjects(
  host: Host,
  what: ObjectList,
  options: CallOptions,
): Promise<ListedObjects> {
  if (what === 'networks') return { networks: await host.listNetworks(options) };
  if (what === 'volumes') return { volumes: await host.listVolumes(options) };
  return { images: await host.listImages(options) };
}
