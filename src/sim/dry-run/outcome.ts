// How a dry run ended, from what the controller says of itself in the end.

import type { SourceId } from '../../kernel/ids.ts';
import { type ControllerStatus, type ServiceStatus, UNDER_WAY } from '../../loop/status.ts';
import type { DryRunOutcome } from './report.ts';

export interface Ending {
  readonly outcome: DryRunOutcome;
  readonly because: string;
}

const nameOf = ({ namespace, name }: ServiceStatus): string => `${namespace}/${name}`;

const sentence = (service: ServiceStatus): string =>
  `${nameOf(service)} is ${service.phase}: ${service.because}`;

/** What keeps the commit as a whole from coming into force; null: it is in force. */
function refusalOf({ status: { sources, problems }, source }: EndingFacts): Ending | null {
  for (const { id, held, problems: found } of sources) {
    if (id !== source) continue;
    if (held !== null) return { outcome: 'held', because: `the commit is held: ${held.because}` };
    const [first] = found;
    if (first !== undefined) return { outcome: 'blocked', because: `${first.message} (${first.code})` };
  }
  const [first] = problems;
  return first === undefined ? null : { outcome: 'held', because: first.message };
}

/** The gravest first. */
const KINDS: readonly (readonly [DryRunOutcome, ReadonlySet<ServiceStatus['phase']>])[] = [
  ['failed', new Set(['failed'])],
  ['blocked', new Set(['blocked'])],
  ['held', new Set(['held', 'paused'])],
  ['degraded', new Set(['degraded', ...UNDER_WAY])],
];

export interface EndingFacts {
  readonly status: ControllerStatus;
  /** The one that was pushed to. */
  readonly source: SourceId;
  /** Whether a service stands as it stood before the commit, which did not concern it. */
  readonly isAsBefore: (service: ServiceStatus) => boolean;
  /** Services whose newest rollout went back. */
  readonly rolledBack: ReadonlySet<string>;
  /** The bound on virtual time was reached first. */
  readonly isLate: boolean;
}

export function endingOf(facts: EndingFacts): Ending {
  const refusal = refusalOf(facts);
  if (refusal !== null) return refusal;
  const { rolledBack, isLate, isAsBefore } = facts;
  const asBefore = facts.status.services.filter(isAsBefore);
  const services = facts.status.services.filter((service) => !isAsBefore(service));
  for (const [outcome, phases] of KINDS) {
    const [first, ...more] = services.filter(({ phase }) => phases.has(phase));
    if (first === undefined) continue;
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    const because = `${sentence(first)}${others}`;
    if (isLate) return { outcome: 'late', because };
    const isBack = [first, ...more].some((service) => rolledBack.has(nameOf(service)));
    return { outcome: outcome === 'held' && isBack ? 'rolledBack' : outcome, because };
  }
  if (isLate) return { outcome: 'late', because: 'it had not come to rest' };
  const count = services.length === 1 ? '1 service' : `${services.length} services`;
  const others = asBefore.map((service) => `; ${nameOf(service)} is ${service.phase}, as before`);
  return { outcome: 'converged', because: `${count} as the commit says${others.join('')}` };
}
