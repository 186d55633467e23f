// What is in a container: all of it from one commit that could be read, and no secret (I7, I8, I11).

import { LABEL } from '../../kernel/owner.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Machine } from '../engine/machine.ts';
import type { Effect, EffectOutcome } from '../link/observer.ts';
import { type SimService, serviceSays } from '../shop/shop.ts';
import type { SimProcess } from '../world/process.ts';
import { SECRET, type World } from '../world/world.ts';
import type { Check } from './check.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { Violation } from './violation.ts';

const CONFIG_VOLUME = 'plimsoll.config.';
/** Where a manifest says nothing. */
const USUAL_PIDS = 1_024;
/** Of the name of what somebody has imported, everything but its tag. */
const IMPORTED = /^registry\.test\/imported\/\w+:/;

/** The text of the config that a container mounts; null where it mounts none, or an empty volume. */
function configOf({ made }: SimContainer, machine: Machine): string | null {
  const mounted = made.mounts.find(({ volume }) => volume.startsWith(CONFIG_VOLUME));
  const file = mounted === undefined ? undefined : machine.volumes.get(mounted.volume)?.files.values().next();
  return file?.value === undefined ? null : Buffer.from(file.value.contentBase64, 'base64').toString('utf8');
}

/** What a container is made of, in the words in which a shop says it. */
export function madeOf({ host, container }: OwnPlace, world: World): string {
  const { made } = container;
  const { limits, ports } = made.spec;
  const published = ports[0]?.published;
  const range = published === null || published === undefined ? 1 : published.to - published.from + 1;
  return serviceSays({
    tag: world.registry.imageOf(made.reference)?.tag ?? made.reference.replace(IMPORTED, ''),
    config: configOf(container, host.engine.machine),
    hasVolume: made.mounts.some(({ volume }) => !volume.startsWith(CONFIG_VOLUME)),
    port: published?.from ?? null,
    ...(range === 1 ? {} : { ports: range }),
    hasHealthcheck: made.spec.healthcheck !== null,
    memoryBytes: limits.memoryBytes,
    ...(limits.cpus === null ? {} : { cpus: limits.cpus }),
    ...(limits.pids === null || limits.pids === USUAL_PIDS ? {} : { pids: limits.pids }),
    connects: made.spec.connects.map(({ service, port }) => ({ service: nameOf(service), port })),
  });
}

/** No two of a shop have the same. */
const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1);

const UNNAMED = 'cannot be found by its name';

/** How a running container differs from what `service` says; null where it does not. */
export const differenceFrom = (service: SimService, place: OwnPlace, world: World): string | null =>
  listedDifference(service, place, world) ?? hiddenDifference(service, place);

/** … as far as a list of containers shows it. */
export function listedDifference(service: SimService, place: OwnPlace, world: World): string | null {
  const is = madeOf(place, world);
  const wanted = serviceSays(service);
  if (is !== wanted) return `is ${is} instead of ${wanted}`;
  return place.container.endpoints.size === 0 ? UNNAMED : null;
}

/** … in what only a look at the container itself shows. */
function hiddenDifference(service: SimService, { container }: OwnPlace): string | null {
  const { memoryBytes } = container.limits;
  if (memoryBytes !== container.made.spec.limits.memoryBytes) return `has a limit of ${memoryBytes} bytes`;
  const { labels } = container.made;
  const own = `plimsoll.${labels[LABEL.namespace]}.${labels[LABEL.service]}`;
  return container.endpoints.get(own)?.aliases.includes(service.name) === true ? null : UNNAMED;
}

export class Content implements Check {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  landed({ kind, host, object }: Effect, outcome: EffectOutcome): void {
    const place = outcome === 'ok' ? this.#scene.findOwn(host, object) : null;
    if (place === null) return;
    if (kind === 'createContainer') mustBeDiscreet(place);
    if (kind === 'startContainer') this.#mustBeOfOneCommit(place);
  }

  said({ message }: { readonly message: string }, process: SimProcess): void {
    if (message.includes(SECRET)) throw new Violation('I11', `${process.name} says a password: ${message}`);
  }

  /** A container that is started belongs to a commit, as a whole. */
  #mustBeOfOneCommit(place: OwnPlace): void {
    const { world } = this.#scene;
    const is = madeOf(place, world);
    for (const { services, broken } of world.shops.values()) {
      const service = services.get(place.service);
      if (!broken && service !== undefined && serviceSays(service) === is) return;
    }
    throw new Violation('I8', `${place.container.name} is ${is}, which no sound commit says`);
  }
}

/** Secrets are in no label and no environment. */
function mustBeDiscreet({ container }: OwnPlace): void {
  const { labels, spec } = container.made;
  if (JSON.stringify([labels, spec]).includes(SECRET))
    throw new Violation('I11', `a password is in ${container.name}`);
}
