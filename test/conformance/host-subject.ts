// What a Host must bring along to be held against the conformance suite, and the few steps that its tests
// have in common. Only the Host interface is used, so a simulated host is judged by the same tests.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ContainerSpec } from '../../src/desired/container.ts';
import { plainContainer } from '../../src/desired/plain-container.ts';
import { type ErrorCode, type Problem, toProblem } from '../../src/kernel/errors.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import type { CreateContainer, Host, RegistryCredential } from '../../src/ports/host.ts';

/** An image on the host and what else a container needs to behave in the way that is named. */
export interface Behaviour {
  readonly image: string;
  readonly spec?: Partial<ContainerSpec>;
}

export interface HostSubject {
  /** Not connected; the suite closes it. Nothing on it has the suite's label. */
  readonly host: Host;
  readonly behaviours: {
    /** Runs until it is stopped; on SIGTERM it ends at once with code 0. HTTP on port 8080: 200 on `/`. */
    readonly serves: Behaviour;
    /** Ends at once with code 3. */
    readonly exits: Behaviour;
    /** Runs; its health becomes `healthy` and `unhealthy` respectively within 10 s. */
    readonly healthy: Behaviour;
    readonly unhealthy: Behaviour;
    /** Runs and ignores SIGTERM. */
    readonly stubborn: Behaviour;
    /** Writes `out 1`, `out 2` and `out 3` to its output and `err 1` to its error output, then ends with 0. */
    readonly talks: Behaviour;
    /** Writes `tick` to its output at least every 100 ms, for ever. Listens nowhere. */
    readonly ticks: Behaviour;
    /** Its program does not exist. */
    readonly cannotStart: Behaviour;
  };
  readonly registry: {
    /** An image that the host does not have, another one each time. */
    fresh(): Promise<string>;
    readonly missing: string;
    readonly secured: string;
    readonly credential: RegistryCredential;
    readonly wrongCredential: RegistryCredential;
  };
  /** Commands for `exec` in a container that `serves`; null where commands cannot be run. */
  readonly commands: {
    print(text: string): readonly string[];
    exit(code: number): readonly string[];
    /** Writes what it reads. */
    readonly echo: readonly string[];
    /** Prints the content of a file. */
    read(path: string): readonly string[];
    /** Reads a line and prints `ROWS COLUMNS` of its terminal, and the same once more. */
    readonly terminalSize: readonly string[];
  } | null;
  /** False where the way to the host carries no probes. */
  readonly canProbe: boolean;
}

export const SUITE = { suite: 'host-conformance' } as const;
export const SHORT = { deadlineMs: 20_000 } as const;
export const FILL = { ...SHORT, uploadMs: 20_000, mayGoOn: () => true } as const;

let counter = 0;
/** A name that no other test has. */
export const freshName = (what: string): string => `conformance-${what}-${process.pid}-${++counter}`;

export function request(
  behaviour: Behaviour,
  change: Partial<Omit<CreateContainer, 'spec'>> & { readonly spec?: Partial<ContainerSpec> } = {},
): CreateContainer {
  return {
    name: freshName('container'),
    image: behaviour.image,
    hostPorts: [],
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
    ...change,
    labels: { ...SUITE, ...change.labels },
    spec: { ...plainContainer(behaviour.image), ...behaviour.spec, ...change.spec },
  };
}

/** Creates and starts; returns the id. */
export async function run(host: Host, ...made: Parameters<typeof request>): Promise<string> {
  const id = await host.createContainer(request(...made), SHORT);
  await host.startContainer(id, SHORT);
  return id;
}

/** The container, which must be there. */
export async function look(host: Host, id: string): Promise<ObservedContainer> {
  const container = await host.inspectContainer(id, SHORT);
  if (container === null) throw new Error(`there is no container ${id}`);
  return container;
}

/** Looks until the container is as expected, for 15 s at most. */
export async function lookUntil(
  host: Host,
  id: string,
  what: string,
  isSo: (container: ObservedContainer) => boolean,
): Promise<ObservedContainer> {
  const giveUpAt = performance.now() + 15_000;
  for (;;) {
    const container = await look(host, id);
    if (isSo(container)) return container;
    if (performance.now() > giveUpAt) {
      throw new Error(`${what}: not within 15 s; last seen ${JSON.stringify(container)}`);
    }
    await sleep(20);
  }
}

/** The Problem that a promise rejects with. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ problem: toProblem(error) }),
  );
  if ('problem' in outcome) return outcome.problem;
  throw new Error(`it did not fail but gave ${JSON.stringify(outcome.value)}`);
}

export async function expectProblem(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  expect(await problemOf(promise)).toMatchObject({ code });
}

/** Removes everything that has the suite's label. */
export async function clearAway(host: Host): Promise<void> {
  const isOurs = ({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean =>
    labels['suite'] === SUITE.suite;
  const report = await host.report(new Map(), SHORT);
  await Promise.all(
    report.containers.filter(isOurs).map(async ({ id }) => {
      await host.stopContainer(id, 0, SHORT);
      await host.removeContainer(id, SHORT);
    }),
  );
  for (const { id } of report.networks.filter(isOurs)) await host.removeNetwork(id, SHORT);
  for (const { name } of report.volumes.filter(isOurs)) await host.removeVolume(name, SHORT);
}
