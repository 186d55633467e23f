// What a person can change on a running container behind our back, and how it is put right.

import type { DesiredService } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { ObservedContainer, ObservedLimits } from '../observed/report.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';
import { type JoinedNetwork, networksFor } from './networks.ts';

const LIMIT_FIELDS = ['memoryBytes', 'memoryReservationBytes', 'cpus', 'pids'] as const;

interface Deviation {
  readonly field: string;
  readonly because: string;
}

function limitDeviations(
  c: ObservedContainer,
  revision: Revision,
  ignored: readonly string[],
): { deviations: Deviation[]; limits: ObservedLimits } {
  const deviations: Deviation[] = [];
  const limits = { ...c.limits };
  for (const field of LIMIT_FIELDS) {
    const name = `limits.${field}`;
    if (ignored.includes(name)) continue;
    const wanted = revision.container.limits[field];
    if (c.limits[field] !== wanted)
      deviations.push({
        field: name,
        because: `${name} is ${c.limits[field] ?? 'unlimited'} instead of ${wanted ?? 'unlimited'}`,
      });
    limits[field] = wanted;
  }
  return { deviations, limits };
}

/** Why others do not find the container in its network; null where they do. */
function lostNetwork(c: ObservedContainer, { name, aliases }: JoinedNetwork): string | null {
  const endpoint = c.networks[name];
  if (endpoint === undefined) return `it is disconnected from ${name}`;
  const alias = aliases.find((one) => !endpoint.aliases.includes(one));
  return alias === undefined ? null : `it has lost its name ${alias} in ${name}`;
}

function correct(
  draft: Draft,
  a: Assessed,
  c: ObservedContainer,
  revision: Revision,
  desired: DesiredService,
): void {
  const { host } = a.instance;
  const ignored = desired.ignoredFields;
  const { deviations, limits } = limitDeviations(c, revision, ignored);
  const keepsPolicy = ignored.includes('restart') || c.restartPolicy === revision.container.restart;
  if (!keepsPolicy) {
    deviations.push({
      field: 'restart',
      because: `the restart policy is ${c.restartPolicy} instead of ${revision.container.restart}`,
    });
  }
  const lost = ignored.includes('networks')
    ? []
    : networksFor(draft, revision).flatMap((network) => {
        const because = lostNetwork(c, network);
        return because === null ? [] : [{ ...network, because }];
      });
  const reasons = [...deviations, ...lost].map((d) => d.because);
  if (reasons.length === 0) return;
  // Docker's update can change a limit, not lift it: only a new container is without.
  if (LIMIT_FIELDS.some((field) => limits[field] === null && c.limits[field] !== null)) {
    draft.block(
      'nothing',
      `${reasons.join('; ')}: the engine cannot lift a limit; \`plimsoll restart\` replaces the container`,
      a.name,
    );
    return;
  }
  if (draft.driftMode === 'report') {
    draft.block('nothing', `drift: ${reasons.join('; ')}`, a.name);
    return;
  }
  draft.block('repair', reasons.join('; '), a.name);
  if (deviations.length > 0) {
    draft.act(host, a.name, deviations.map((d) => d.because).join('; '), {
      kind: 'updateContainer',
      id: c.id,
      limits,
      restartPolicy: keepsPolicy ? c.restartPolicy : revision.container.restart,
    });
  }
  // One after the other: each is an action of this container.
  const [first] = lost;
  if (first !== undefined) {
    const { name: network, aliases, because } = first;
    draft.act(host, a.name, because, { kind: 'connectNetwork', id: c.id, network, aliases, address: null });
  }
}

/** Compares a running container with its revision and puts right or reports what differs. */
export function correctDrift(draft: Draft, a: Assessed): void {
  const { desired } = draft.input;
  const revision = draft.revision(a.instance.revision);
  if (desired === null || revision === null || a.container === null || draft.driftMode === 'off') return;
  correct(draft, a, a.container, revision, desired);
}
