// What a controller sees of a host that nothing disturbs is what is there: whatever happened, it has heard
// of it or has looked since (F3, F4). A picture that stays wrong would be planned by.

import type { DesiredHost } from '../../desired/desired.ts';
import type { HostView } from '../../observed/host-view.ts';
import type { ObservedContainer, ObservedImage } from '../../observed/report.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Machine } from '../engine/machine.ts';
import { isListedAsKnown } from '../engine/observe.ts';
import { CONTROLLER } from '../world/process.ts';
import { type Calm, type Depth, type HostCalm, RECOVERED_MS } from './calm.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { serviceOf } from './truth.ts';
import { Violation } from './violation.ts';

const LOOK_EVERY_MS = 5_000;
const addresses = new WeakMap<DesiredHost, string>();

/** As text; hosts stay the same objects while no commit changes them. */
function addressOf(host: DesiredHost): string {
  const known = addresses.get(host) ?? JSON.stringify(host.address);
  addresses.set(host, known);
  return known;
}

export class Picture implements Check {
  readonly #scene: Scene;
  readonly #calm: Calm;
  /** When a process has first shown a host: before that no commit had told it of it. */
  readonly #shownMs = new Map<string, number>();
  /** Nothing is known of them yet: they are new to it, or new again after they had left the fleet. */
  readonly #unknown = new Set<string>();
  dueMs = 0;

  constructor(scene: Scene, calm: Calm) {
    this.#scene = scene;
    this.#calm = calm;
  }

  afterEvent(): void {
    const { nowMs } = this.#scene;
    if (nowMs < this.dueMs) return;
    this.dueMs = nowMs + this.#calm.pauseMs(LOOK_EVERY_MS);
    const acting = this.#calm.process;
    if (acting === null) return;
    for (const { host, view } of acting.process.controller.inspect.hosts()) {
      const calm = this.#calm.of(host.id);
      // One that gets another address is another one to it.
      const key = `${acting.process.name} ${host.id} ${addressOf(host)}`;
      const isNew = view.state === 'unknown' && !this.#unknown.has(key);
      const shownMs = isNew ? nowMs : (this.#shownMs.get(key) ?? nowMs);
      this.#shownMs.set(key, shownMs);
      if (view.state === 'unknown') this.#unknown.add(key);
      else this.#unknown.delete(key);
      if (calm !== null) this.#judge(view, calm, Math.max(acting.sinceMs, shownMs));
    }
  }

  #judge(view: HostView, calm: HostCalm, sinceMs: number): void {
    const { nowMs } = this.#scene;
    const calmMs = nowMs - Math.max(calm.clearMs, sinceMs);
    if (view.state !== 'fresh') {
      if (calmMs > RECOVERED_MS)
        throw new Violation('I13', `${view.host} answers since ${calmMs} ms and is shown as ${view.state}`);
      return;
    }
    const depth = this.#calm.depthOf(calm);
    if (depth === null) return;
    const difference = differenceOf(view, calm, depth);
    if (difference !== null)
      throw new Violation('I14', `the picture of ${view.host} is wrong (${depth}): ${difference}`);
  }
}

function differenceOf(view: HostView, { host }: HostCalm, depth: Depth): string | null {
  const { machine } = host.engine;
  const there = machine.observedContainers.get();
  for (const container of there) {
    const seen = view.containers.get(container.id);
    if (seen === container) continue;
    if (seen === undefined) return `it lacks ${container.name}`;
    if (!isSame(seen, container, depth, machine.containers.get(container.id)))
      return `${container.name} is ${JSON.stringify(container)} and is seen as ${JSON.stringify(seen)}`;
  }
  if (view.containers.size > there.length) {
    const ids = new Set(there.map(({ id }) => id));
    const ghost = [...view.containers.values()].find(({ id }) => !ids.has(id));
    return `it has ${ghost?.name ?? 'something'}, which is gone`;
  }
  return (
    otherNames('networks', view.networks.keys(), machine.observedNetworks.get()) ??
    otherNames('volumes', view.volumes.keys(), machine.observedVolumes.get()) ??
    (depth === 'everything' ? otherImages(view, machine) : null)
  );
}

function isSame(
  seen: ObservedContainer,
  container: ObservedContainer,
  depth: Depth,
  made: SimContainer | undefined,
) {
  const isOurs = made !== undefined && serviceOf(made, CONTROLLER) !== null;
  if (depth === 'lists' || (depth === 'audited' && !isOurs)) return isListedAsKnown(container, seen);
  return JSON.stringify(seen) === JSON.stringify(container);
}

/** Two networks may have one name; then the picture holds one of them. */
function otherNames(what: string, seen: Iterable<string>, there: readonly { readonly name: string }[]) {
  const [shown, real] = [new Set(seen), new Set(there.map(({ name }) => name))];
  const missing = [...real].filter((name) => !shown.has(name));
  const ghosts = [...shown].filter((name) => !real.has(name));
  if (missing.length + ghosts.length === 0) return null;
  return `of the ${what} it lacks ${missing.join(' ') || 'none'} and has ${ghosts.join(' ') || 'none'} too many`;
}

const imageText = ({ id, tags, digests }: ObservedImage): string => [id, ...tags, ...digests].join(' ');

function otherImages({ images }: HostView, { observedImages }: Machine): string | null {
  const there = observedImages.get();
  const seen = images.map(imageText).sort().join('\n');
  const real = there.map(imageText).sort().join('\n');
  return seen === real ? null : `its images are\n${real}\nand are seen as\n${seen}`;
}
