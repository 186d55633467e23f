// Which addresses a network gets that we make on a host. Docker's own pools end at about thirty networks;
// who names a range of a host's own has 256 and more.

import type { DesiredHost } from '../desired/desired.ts';
import { sha256 } from '../kernel/canonical.ts';
import {
  countWithin,
  formatSubnet,
  overlaps,
  parseSubnet,
  subnetAround,
  subnetAt,
} from '../kernel/subnet.ts';
import type { HostView } from '../observed/host-view.ts';

/** 253 containers and the gateway. */
const NETWORK_BITS = 24;
const HASH_DIGITS = 8;

/**
 * A network of the host's range that no network on it overlaps; null: the engine chooses, since the host has no
 * range, or all of it is taken. Where to begin depends on the name, so that two that are planned at once differ, and
 * on how often the engine has refused, since it may know of networks that it does not list.
 */
export function subnetFor(
  name: string,
  { networkRange }: Pick<DesiredHost, 'networkRange'>,
  { networks }: Pick<HostView, 'networks'>,
  refusals = 0,
): string | null {
  const range = networkRange === null ? null : parseSubnet(networkRange);
  if (range === null) return null;
  const taken = [...networks.values()].flatMap(({ subnets }) =>
    subnets.flatMap((text) => subnetAround(text) ?? []),
  );
  const count = countWithin(range, NETWORK_BITS);
  const start = Number.parseInt(sha256(name).slice(0, HASH_DIGITS), 16);
  for (let step = 0; step < count; step += 1) {
    const subnet = subnetAt(range, NETWORK_BITS, (start + refusals + step) % count);
    if (!taken.some((other) => overlaps(subnet, other))) return formatSubnet(subnet);
  }
  return null;
}
