// The deletion governor: a commit that would remove much is held until a person approves it. An empty
// repository or a wrong path looks exactly like the wish to delete everything.

import type { Desired } from '../desired/desired.ts';
import type { NamespaceName, ServiceKey, SourceId } from '../kernel/ids.ts';

export interface GovernorLimits {
  /** Held where more than this share of a source's services … */
  readonly percent: number;
  /** … and at least this many would go. */
  readonly min: number;
}

/** What a source is known to have, from the store. */
export interface Holdings {
  readonly services: readonly ServiceKey[];
  readonly namespaces: readonly NamespaceName[];
}

/** Why the candidate is held; null: it may come into force. */
export function holdReason(
  source: SourceId,
  holdings: Holdings,
  candidate: Pick<Desired, 'services' | 'namespaces'>,
  limits: GovernorLimits,
): string | null {
  const namespaces = holdings.namespaces.filter((name) => !candidate.namespaces.has(name));
  const services = holdings.services.filter((key) => !candidate.services.has(key));
  const removed = `${services.length} of ${holdings.services.length} services of ${source}`;
  const names = services.slice(0, 5).join(', ') + (services.length > 5 ? ', …' : '');
  if (namespaces.length > 0) {
    const what = `namespace${namespaces.length === 1 ? '' : 's'} ${namespaces.join(', ')}`;
    return `it would remove ${what}${services.length > 0 ? ` and ${removed} (${names})` : ''}`;
  }
  const isMany =
    services.length >= limits.min && services.length * 100 > holdings.services.length * limits.percent;
  if (isMany) return `it would remove ${removed} (${names})`;
  return null;
}
