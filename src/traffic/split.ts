// How the requests to a service are split while a new revision has a part of them: by what the service's row remembers of
// its rollout. Revisions that were given up before they had all requests get none.

import { WHOLE_SHARE as WHOLE } from '../kernel/share.ts';
import type { PoolName } from '../proxy/traffic.ts';
import { type Instance, isTurningBack, type ServiceMemory } from '../rollout/memory.ts';

/** Replicas that are asked as one. */
export interface Group {
  readonly revision: PoolName;
  readonly share: number;
  readonly isFallback: boolean;
  readonly has: (instance: Instance) => boolean;
}

const everybody = (has: Group['has']): Group => ({ revision: 'all', share: WHOLE, isFallback: true, has });
const ALL = [everybody(() => true)];

/** What a service's requests are split into; of one group the shares are the whole. */
export function groupsOf(row: ServiceMemory | undefined): readonly Group[] {
  const rollout = row?.rollout ?? null;
  const canary = rollout?.canary ?? null;
  if (row === undefined || rollout === null || canary === null) return ALL;
  const { to, phase } = rollout;
  const [name] = canary.beside;
  const isBeside = ({ revision }: Instance): boolean => canary.beside.includes(revision);
  const isNew = ({ revision }: Instance): boolean => revision === to;
  if (canary.isOver || name === undefined)
    return [everybody((instance) => isNew(instance) || isBeside(instance))];
  if (!row.instances.some(isNew)) return [everybody(isBeside)];
  // Given up is given up, whatever becomes of the others.
  const isTried = !isTurningBack(rollout) && (phase === 'progressing' || phase === 'paused');
  const share = isTried ? canary.share : 0;
  return [
    { revision: name, share: WHOLE - share, isFallback: true, has: isBeside },
    { revision: to, share, isFallback: false, has: isNew },
  ];
}

type Offered = Pick<Group, 'revision' | 'has'>;

/**
 * Under which names the replicas can be asked for. Who does not know of a rollout yet asks for all, and gets none of what
 * is being tried; who does not know of its end asks for a revision.
 */
export function offeredBy(row: ServiceMemory, groups: readonly Group[]): readonly Offered[] {
  const known = groups.find(({ isFallback }) => isFallback);
  const all: readonly Offered[] = known === undefined ? [] : [{ ...known, revision: 'all' }];
  const named = groups.filter(({ revision }) => revision !== 'all');
  const names = new Set<PoolName>(named.map(({ revision }) => revision));
  const revisions = [...new Set(row.instances.map(({ revision }) => revision))].sort();
  const others = revisions
    .filter((revision) => !names.has(revision))
    .map((revision): Offered => ({ revision, has: (instance) => instance.revision === revision }));
  return [...all, ...named, ...others];
}
