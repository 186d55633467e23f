// What the demo's controller made on the engine, known by its labels: counted, and taken away at the end
// and before the next demo.

import { z } from 'zod';
import { NamespaceName } from '../kernel/ids.ts';
import { LABEL, networkName } from '../kernel/owner.ts';
import { CONTROLLER_ID } from './controller.ts';
import type { DockerApi } from './engine/docker-api.ts';

const OURS = JSON.stringify({ label: [`${LABEL.controller}=${CONTROLLER_ID}`] });
const REMOVE_MS = 60_000;
/** Of the example's one namespace. */
const NETWORK = networkName(NamespaceName.parse('shop'));

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
const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string(), Labels })).nullish() });

export interface ShopContainer {
  readonly id: string;
  readonly service: string;
  readonly revision: string;
  readonly isRunning: boolean;
  /** On the machine. */
  readonly ports: readonly number[];
}

/** All containers of the demo, also those that have ended. */
export async function shopContainers(api: DockerApi): Promise<readonly ShopContainer[]> {
  const query = { all: '1', filters: OURS };
  const listed = await api.read({ method: 'GET', path: '/containers/json', query }, Containers);
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

/** Removes containers, networks and volumes of the demo; those with data only `withData`. */
export async function removeTraces(api: DockerApi, withData: boolean): Promise<Removal> {
  const containers = await shopContainers(api);
  const remove = (path: string, query: Record<string, string> = {}): Promise<void> =>
    api.send({ method: 'DELETE', path, query, alsoFine: [404], deadlineMs: REMOVE_MS });
  await Promise.all(containers.map(({ id }) => remove(`/containers/${id}`, { force: '1', v: '1' })));
  const networks = await api.read({ method: 'GET', path: '/networks', query: { filters: OURS } }, Networks);
  for (const { Id } of networks) await remove(`/networks/${Id}`);
  const { Volumes: listed } = await api.read(
    { method: 'GET', path: '/volumes', query: { filters: OURS } },
    Volumes,
  );
  const volumes = (listed ?? []).filter((v) => withData || v.Labels?.[LABEL.kind] !== 'volume');
  for (const { Name } of volumes) await remove(`/volumes/${Name}`);
  return { containers: containers.length, networks: networks.length, volumes: volumes.length };
}

/** The id of another controller that has the example's namespace on this engine; null where none has. */
export async function otherOwner(api: DockerApi): Promise<string | null> {
  const query = { filters: JSON.stringify({ name: [NETWORK] }) };
  const networks = await api.read({ method: 'GET', path: '/networks', query }, Networks);
  const foreign = networks
    .filter(({ Name }) => Name === NETWORK)
    .find(({ Labels: labels }) => labels?.[LABEL.controller] !== CONTROLLER_ID);
  return foreign === undefined ? null : (foreign.Labels?.[LABEL.controller] ?? 'somebody');
}
