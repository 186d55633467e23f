// Engines for tests: small images by name, a registry that has whatever a test puts into it, and the few
// steps that tests have in common.

import { systemRandom } from '../../../src/adapters/clock/system.ts';
import type { ContainerSpec } from '../../../src/desired/container.ts';
import { plainContainer } from '../../../src/desired/plain-container.ts';
import { problem } from '../../../src/kernel/errors.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { err, ok } from '../../../src/kernel/result.ts';
import type { EngineInfo, ObservedContainer } from '../../../src/observed/report.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { CreateContainer, RegistryCredential } from '../../../src/ports/host.ts';
import type { Answer } from '../../../src/sim/engine/answer.ts';
import { type Behaviour, PLAIN_BEHAVIOUR } from '../../../src/sim/engine/behaviour.ts';
import { NO_PACE } from '../../../src/sim/engine/pace.ts';
import type { RegistryImage, RegistryView } from '../../../src/sim/engine/registry-view.ts';
import { SimEngine, type SimEngineOptions } from '../../../src/sim/engine/sim-engine.ts';
import type { ContainerSnapshot } from '../../../src/sim/engine/snapshot.ts';

export const ENGINE: EngineInfo = {
  id: 'SIMULATED',
  version: '20.10.24',
  apiVersion: '1.41',
  os: 'linux',
  architecture: 'amd64',
  cpus: 4,
  memoryBytes: 8 * 2 ** 30,
  liveRestore: false,
};

let images = 0;
const digest = (which: string): string => `sha256:${which}${(++images).toString(16).padStart(60, '0')}`;

/** Another image each time, of two layers. */
export function image(behaviour: Partial<Behaviour> = {}, sizeBytes = 1_000_000): RegistryImage {
  return {
    digest: digest('d000'),
    id: digest('1d00'),
    sizeBytes,
    layers: [
      { digest: digest('1a00'), sizeBytes: sizeBytes / 2 },
      { digest: digest('1a01'), sizeBytes: sizeBytes / 2 },
    ],
    behaviour: { ...PLAIN_BEHAVIOUR, ...behaviour },
  };
}

/** A registry in memory; `secured` names want the password `right`. */
export class MapRegistry implements RegistryView {
  readonly images = new Map<string, RegistryImage>();
  /** What happens to every request. */
  trouble: 'none' | 'silent' | 'down' = 'none';

  push(reference: string, made: RegistryImage): void {
    this.images.set(reference, made);
    this.images.set(`${reference.replace(/:[^:/]*$/, '')}@${made.digest}`, made);
  }

  resolve(reference: string, credential: RegistryCredential | null) {
    if (this.trouble === 'silent') return 'silent';
    if (this.trouble === 'down') return err(problem('image/registry', 'connection refused'));
    if (reference.includes('secured') && credential?.password.open() !== 'right')
      return err(problem('image/auth', `pull access denied for ${reference}`));
    const found = this.images.get(reference);
    return found === undefined
      ? err(problem('image/not-found', `manifest unknown: ${reference}`))
      : ok(found);
  }
}

/** Does everything at once, unless a test says otherwise. */
export function plainEngine(clock: Clock, change: Partial<SimEngineOptions> = {}): SimEngine {
  return new SimEngine({
    clock,
    random: systemRandom,
    host: HostId.parse('h1'),
    engine: ENGINE,
    registry: new MapRegistry(),
    pace: NO_PACE,
    ...change,
  });
}

export interface Wish extends Partial<Omit<CreateContainer, 'spec' | 'name'>> {
  readonly does?: Partial<Behaviour>;
  readonly spec?: Partial<ContainerSpec>;
}

/** A request for a container of an image of its own, which is on the machine already. */
export function requestOn(
  engine: SimEngine,
  name: string,
  { does, spec, ...wish }: Wish = {},
): CreateContainer {
  const reference = wish.image ?? `r.example/${name}:1`;
  if (wish.image === undefined) engine.loadImage(image(does), [reference]);
  return {
    name,
    labels: {},
    image: reference,
    hostPorts: [],
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
    ...wish,
    spec: { ...plainContainer(reference), ...spec },
  };
}

export function must<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.words}`);
  return answer.value;
}

/** `docker run -d`: the id. */
export const runOn = (engine: SimEngine, name: string, wish: Wish = {}): string =>
  must(engine.people.run(requestOn(engine, name, wish)));

/** What is really so of a container, which must be there. */
export function truth(engine: SimEngine, name: string): ContainerSnapshot {
  const found = engine.snapshot().containers.find(({ observed }) => observed.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}

export const seen = (engine: SimEngine, name: string): ObservedContainer => truth(engine, name).observed;

/** The actions that the engine tells from now on, as `type action`. */
export function actionsOf(engine: SimEngine): string[] {
  const { events } = engine.machine;
  const told: string[] = [];
  events.follow(events.position, ({ type, action }) => told.push(`${type} ${action}`));
  return told;
}
