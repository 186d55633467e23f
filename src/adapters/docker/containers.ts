// What is done to containers, one function per verb. Each can be repeated: what is so already is fine.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { ObservedContainer, ObservedLimits } from '../../observed/report.ts';
import { restartPolicyBody } from './create-body.ts';
import type { Engine } from './engine.ts';
import { InspectedContainer } from './engine-answers.ts';
import { observeContainer } from './observe-container.ts';
import { failedWith } from './session.ts';
import { updateBody } from './update-body.ts';

/** Ids and names come from users as well (`plimsoll logs`): they must not reach another endpoint. */
const containerPath = (id: string, verb = ''): string => `/containers/${encodeURIComponent(id)}${verb}`;

/** Docker counts grace in whole seconds. */
const graceSeconds = (graceMs: number): number => Math.ceil(graceMs / 1_000);

/** The engine's answer to an inspection; null where there is no such container. */
export async function readContainer(engine: Engine, id: string): Promise<InspectedContainer | null> {
  const attempt = `cannot inspect container ${id}`;
  try {
    return await engine.read(
      { method: 'GET', path: containerPath(id, '/json'), attempt },
      InspectedContainer,
    );
  } catch (error) {
    if (failedWith(error, 'engine/not-found')) return null;
    throw error;
  }
}

export async function inspectContainer(engine: Engine, id: string): Promise<ObservedContainer | null> {
  const answer = await readContainer(engine, id);
  return answer === null ? null : observeContainer(answer);
}

export function startContainer(engine: Engine, id: string): Promise<void> {
  return engine.send({
    method: 'POST',
    path: containerPath(id, '/start'),
    attempt: `cannot start container ${id}`,
    alsoFine: [304],
  });
}

export function stopContainer(engine: Engine, id: string, graceMs: number): Promise<void> {
  return engine.send({
    method: 'POST',
    path: containerPath(id, '/stop'),
    query: { t: graceSeconds(graceMs) },
    attempt: `cannot stop container ${id}`,
    isLong: true,
    alsoFine: [304],
  });
}

export function restartContainer(engine: Engine, id: string, graceMs: number): Promise<void> {
  return engine.send({
    method: 'POST',
    path: containerPath(id, '/restart'),
    query: { t: graceSeconds(graceMs) },
    attempt: `cannot restart container ${id}`,
    isLong: true,
  });
}

export function removeContainer(engine: Engine, id: string): Promise<void> {
  return engine.send({
    method: 'DELETE',
    path: containerPath(id),
    query: { v: true },
    attempt: `cannot remove container ${id}`,
    alsoFine: [404],
  });
}

/**
 * Changes limits and restart policy. The engine can set limits of memory and CPU but not take them away:
 * where that was asked for and did not happen, this says so instead of passing in silence.
 */
export async function updateContainer(
  engine: Engine,
  id: string,
  change: { readonly limits: ObservedLimits; readonly restartPolicy: string },
): Promise<void> {
  await engine.send({
    method: 'POST',
    path: containerPath(id, '/update'),
    body: { ...updateBody(change.limits), RestartPolicy: restartPolicyBody(change.restartPolicy) },
    attempt: `cannot update container ${id}`,
  });
  const { limits } = change;
  if (limits.memoryBytes !== null && limits.cpus !== null) return;
  const now = (await inspectContainer(engine, id))?.limits;
  if (now === undefined) return;
  const stuck = [
    ...(limits.memoryBytes === null && now.memoryBytes !== null ? ['memory'] : []),
    ...(limits.cpus === null && now.cpus !== null ? ['CPU'] : []),
  ];
  if (stuck.length === 0) return;
  throw new PlimsollError(
    problem('engine/rejected', `cannot take the ${stuck.join(' and ')} limit of container ${id} away`, {
      hint: 'Replace the container (`plimsoll restart`): Docker cannot lift this limit while it exists.',
    }),
  );
}
