// What a controller tells of single services once all is done: asked as a person would ask, it answers from
// its store.

import { NamespaceName, ServiceName, serviceKey } from '../../kernel/ids.ts';
import { LABEL } from '../../kernel/owner.ts';
import type { ServiceDescription } from '../../loop/status.ts';
import { hasBeenOut } from '../checks/hosts.ts';
import { serviceOf } from '../checks/truth.ts';
import { Violation } from '../checks/violation.ts';
import { namespaceOf } from '../shop/shop.ts';
import { CONTROLLER } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Playback } from './playback.ts';

const ANSWER_MS = 1_000;
/** Ended runs that are kept unless a service says otherwise. */
const HISTORY_KEPT = 10;

/** The containers of a service that run, as `host/revision/ordinal/attempt`. */
function* runningOf(world: World, name: string): Generator<string> {
  for (const { id, engine } of world.hosts.values()) {
    // What runs on a host that was given up while it was out of the fleet is nobody's any more.
    if (hasBeenOut(world, id)) continue;
    for (const container of engine.machine.containers.values()) {
      if (container.run === null || serviceOf(container, CONTROLLER) !== name) continue;
      const { labels } = container.made;
      yield `${id}/${labels[LABEL.revision]}/${labels[LABEL.ordinal]}/${labels[LABEL.attempt]}`;
    }
  }
}

/**
 * Whether what the last run failed with may run: what that came from may itself have been superseded, and its
 * target be what was stable before. The record of that may be forgotten where few are kept.
 */
function mayStay(world: World, name: string, history: ServiceDescription['history']): boolean {
  const [last] = history;
  const proven = history.find(({ phase }) => phase === 'succeeded');
  const kept = world.shop.services.get(name)?.history ?? HISTORY_KEPT;
  if (proven === undefined) return history.length >= kept;
  return last?.kind === 'restart' || proven.to === last?.to;
}

/** The first thing in which a description differs from what is so; null where it is right. */
export function wrongAbout(world: World, name: string, told: ServiceDescription | null): string | null {
  if (told === null) return 'is not known';
  const { instances, history, stable, revision, rollout, blocked } = told;
  const is = [...runningOf(world, name)].sort();
  const shown = instances
    .filter(({ intent, host }) => intent === 'run' && !hasBeenOut(world, host))
    .map((i) => `${i.host}/${i.revision}/${i.ordinal}/${i.attempt}`)
    .sort();
  if (shown.join() !== is.join()) return `is said to be ${shown.join(' ')}, and is ${is.join(' ')}`;
  if (instances.some(({ intent, host }) => intent === 'retire' && !hasBeenOut(world, host)))
    return 'has instances that are to go';
  if (blocked.length > 0) return `is blocked: ${blocked.map(({ because }) => because).join('; ')}`;
  if (is.length === 0) return null;
  if (stable !== revision) return `is stable at ${stable}, and runs ${revision}`;
  const [last] = history;
  // A controller that lost its store found the containers running.
  if (world.isAmnesic) return null;
  if (last === undefined) return 'has no history';
  const isWrong =
    last.phase === 'succeeded'
      ? last.to !== revision
      : last.to === revision && !mayStay(world, name, history);
  if (isWrong) return `runs ${revision}, and its last run ${last.phase}, from ${last.from} to ${last.to}`;
  if (rollout !== null && rollout.sequence !== last.sequence) return 'has another last run than its history';
  return null;
}

export async function mustBeDescribed(playback: Playback): Promise<void> {
  const { world } = playback;
  const { active } = world;
  const told = new Map<string, ServiceDescription | null>();
  for (const service of world.shop.services.values())
    void active?.controller
      .describe(serviceKey(NamespaceName.parse(namespaceOf(service)), ServiceName.parse(service.name)))
      .then((description) => told.set(service.name, description));
  await playback.pass(ANSWER_MS);
  for (const name of world.shop.services.keys()) {
    const wrong = wrongAbout(world, name, told.get(name) ?? null);
    if (wrong !== null) throw new Violation('I10', `${name} ${wrong}`);
  }
}
