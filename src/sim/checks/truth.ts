// What really runs, read from the machines themselves and not from what any controller believes.

import { LABEL } from '../../kernel/owner.ts';
import { isWell } from '../engine/behaviour.ts';
import type { SimContainer } from '../engine/container.ts';
import type { SimService } from '../shop/shop.ts';

/** Statuses of HTTP. */
const OK = 200;
const FIRST_ERROR = 400;

/** The service of one of our containers; null for everything else. */
export function serviceOf(container: SimContainer, controller: string): string | null {
  const { labels } = container.made;
  if (labels[LABEL.controller] !== controller || labels[LABEL.kind] !== 'container') return null;
  return labels[LABEL.service] ?? null;
}

/**
 * Whether a container does its work, as far as its service can be asked: without checks it is enough that its
 * process lives.
 */
export function isServing(container: SimContainer, check: SimService['check'], nowMs: number): boolean {
  const { status, run, behaviour, health } = container;
  if (status !== 'running' || run === null || run.pausedAtMs !== null) return false;
  if (check === 'none') return true;
  // Nobody can ask what is in no network.
  if (check === 'probe' && container.endpoints.size === 0) return false;
  if (check === 'health' && health !== 'healthy') return false;
  if (check === 'probe' && (behaviour.listens?.statusOf['/ready'] ?? OK) >= FIRST_ERROR) return false;
  return isWell(behaviour, nowMs - run.beganMs);
}

/** `shop/api:8080=0 shop/db:8080=1`: where it was made to reach what it connects to. */
const DOOR = /=(\d+)$/;

/** Its service's own network, and those that it reaches others in. */
export function networksOf({ made: { labels } }: SimContainer): readonly string[] {
  const doors = (labels[LABEL.doors] ?? '').split(' ').map((door) => Number(DOOR.exec(door)?.[1] ?? 0));
  const own = `plimsoll.${labels[LABEL.namespace]}.${labels[LABEL.service]}`;
  return [...new Set([0, ...doors])].map((index) => (index === 0 ? own : `${own}.${index + 1}`)).sort();
}
