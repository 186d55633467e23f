// What the demo's controller made on the engine, known by its labels: counted, and taken away at the end
// and before the next demo.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { toProblem } from '../kernel/errors.ts';
import { LABEL } from '../kernel/owner.ts';
import { failed } from './command.ts';
import { CONTROLLER_ID } from './controller.ts';
import type { DockerApi } from './engine/docker-api.ts';

const OURS = JSON.stringify({ label: [`${LABEL.controller}=${CONTROLLER_ID}`] });
const REMOVE_MS = 60_000;
const NETWORK_TRIES = 4;
const TRY_AGAIN_MS = 300;
/** How the names of networks begin that only one controller can have on an engine. */
const NETWORKS = ['plimsoll.shop.', 'plimsoll.balancer'];

const Labels = z.record(z.string(), z.string()).nullish();
const Containers = z.array(
  z.object({
    Id: z.string(),
    Labels,
    State: z.string(),
    Ports: z.array(z.object({ PrivatePort: z.number(), PublicPort: z.number().optional() })).nullish(),
  }),
);
const Networks = z.array(z.object({ Id: z.string(), Name: z.string(), Labels }));
/** Keyed by the id of the container; `ep-…` where there is none any more. */
const Endpoints = z.object({ Containers: z.record(z.string(), z.object({ Name: z.string() })).nullish() });
const LEAKED = 'ep-';
const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string(), Labels })).nullish() });

export interface ShopContainer {
  readonly id: string;
  readonly service: string;
  readonly revision: string;
  readonly isRunning: boolean;
  /** On the machine. */
  readonly ports: readonly number[];
}

/** Everything that the controller runs or has run, the load balancer among it. */
function allContainers(api: DockerApi): Promise<z.output<typeof Containers>> {
  const query = { all: '1', filters: OURS };
  return api.read({ method: 'GET', path: '/containers/json', query }, Containers);
}

/** All containers of the services, also those that have ended. */
export async function shopContainers(api: DockerApi): Promise<readonly ShopContainer[]> {
  const listed = (await allContainers(api)).filter((c) => c.Labels?.[LABEL.kind] === 'container');
  return listed.map(({ Id, Labels: labels, State, Ports }) => ({
    id: Id,
    service: labels?.[LABEL.service] ?? '',
    revision: labels?.[LABEL.revision] ?? '',
    isRunning: State === 'running',
    ports: [...new Set((Ports ?? []).flatMap(({ PublicPort }) => PublicPort ?? []))].sort((a, b) => a - b),
  }));
}

/** Names of the volumes with data, which outlive everything unless somebody removes them. */
export async function dataVolumes(api: DockerApi): Promise<readonly string[]> {
  const { Volumes: listed } = await api.read(
    { method: 'GET', path: '/volumes', query: { filters: OURS } },
    Volumes,
  );
  return (listed ?? []).filter((v) => v.Labels?.[LABEL.kind] === 'volume').map((v) => v.Name);
}

export interface Removal {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

const remove = (api: DockerApi, path: string, query: Record<string, string> = {}): Promise<void> =>
  api.send({ method: 'DELETE', path, query, alsoFine: [404], deadlineMs: REMOVE_MS });

/** Engine 20.10 may keep endpoints of containers that are gone; they would keep the network for ever. */
async function dropLeakedEndpoints(api: DockerApi, network: string): Promise<void> {
  const path = `/networks/${network}`;
  const { Containers: attached } = await api.read({ method: 'GET', path }, Endpoints);
  for (const [key, { Name }] of Object.entries(attached ?? {})) {
    if (!key.startsWith(LEAKED)) continue;
    const body = { Container: Name, Force: true };
    await api.send({ method: 'POST', path: `${path}/disconnect`, body, alsoFine: [404] });
  }
}

async function removeNetwork(api: DockerApi, network: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await remove(api, `/networks/${network}`);
    } catch (error) {
      if (tries === NETWORK_TRIES) throw error;
      await dropLeakedEndpoints(api, network).catch(() => {}); // the next try tells
      await sleep(TRY_AGAIN_MS);
    }
  }
}

/**
 * Removes containers, networks and volumes of the demo; those with data only `withData`. One after the other,
 * since an engine that has to tear many down at once may forget an endpoint. What does not go does not keep
 * the rest; rejects at the end with all that is left.
 */
export async function removeTraces(api: DockerApi, withData: boolean): Promise<Removal> {
  const left: string[] = [];
  const each = async (ids: readonly string[], work: (id: string) => Promise<void>): Promise<number> => {
    for (const id of ids) await work(id).catch((error: unknown) => left.push(toProblem(error).message));
    return ids.length;
  };
  const found = (await allContainers(api)).map(({ Id }) => Id);
  const containers = await each(found, (id) => remove(api, `/containers/${id}`, { force: '1', v: '1' }));
  const query = { filters: OURS };
  const listed = await api.read({ method: 'GET', path: '/networks', query }, Networks);
  const networks = await each(
    listed.map(({ Id }) => Id),
    (id) => removeNetwork(api, id),
  );
  const { Volumes: all } = await api.read({ method: 'GET', path: '/volumes', query }, Volumes);
  const doomed = (all ?? []).filter((v) => withData || v.Labels?.[LABEL.kind] !== 'volume');
  const volumes = await each(
    doomed.map(({ Name }) => Name),
    (name) => remove(api, `/volumes/${name}`),
  );
  if (left.length > 0) throw failed(left.join('; '), 'Restart the Docker engine and run the demo again.');
  return { containers, networks, volumes };
}

/** The id of another controller with the example's namespace or a load balancer on this engine; null where none has. */
export async function otherOwner(api: DockerApi): Promise<string | null> {
  const query = { filters: JSON.stringify({ name: NETWORKS }) };
  const networks = await api.read({ method: 'GET', path: '/networks', query }, Networks);
  const foreign = networks
    .filter(({ Name }) => NETWORKS.some((start) => Name.startsWith(start)))
    .find(({ Labels: labels }) => labels?.[LABEL.controller] !== CONTROLLER_ID);
  return foreign === undefined ? null : (foreign.Labels?.[LABEL.controller] ?? 'somebody');
}
