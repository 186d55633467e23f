// Which addresses a network gets that we make on a host: some of the range that its Host names, since
// Docker's own pools end at about thirty networks.

import type { Action } from '../action/action.ts';
import type { DesiredHost } from '../desired/desired.ts';
import { sha256 } from '../kernel/canonical.ts';
import type { HostId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
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

/** The addresses of the networks that are about to be made on a host, but for the one of this name. */
export const subnetsIn = (actions: Iterable<Action>, host: HostId, but: string): readonly string[] =>
  [...actions].flatMap((action) =>
    action.kind === 'createNetwork' && action.host === host && action.name !== but && action.subnet !== null
      ? [action.subnet]
      : [],
  );

/**
 * A network of the host's range that neither one on it overlaps nor one that is about to be; null: the engine chooses,
 * since all of the range is taken. Where to begin depends on the name, so that it seldom changes from plan to plan, and
 * on how often the engine has refused, since it may know of networks that it does not list.
 */
export function subnetFor(
  name: string,
  { networkRange }: Pick<DesiredHost, 'networkRange'>,
  { networks }: Pick<HostView, 'networks'>,
  refusals = 0,
  planned: readonly string[] = [],
): string | null {
  const range = parseSubnet(networkRange);
  invariant(range !== null, 'the range of a host has been checked when its manifest was read');
  const taken = [...planned, ...[...networks.values()].flatMap(({ subnets }) => subnets)].flatMap(
    (text) => subnetAround(text) ?? [],
  );
  const count = countWithin(range, NETWORK_BITS);
  const start = Number.parseInt(sha256(name).slice(0, HASH_DIGITS), 16);
  for (let step = 0; step < count; step += 1) {
    const subnet = subnetAt(range, NETWORK_BITS, (start + refusals + step) % count);
    if (!taken.some((other) => overlaps(subnet, other))) return formatSubnet(subnet);
  }
  return null;
}
