// From the engine's lists to our words, and the one question that a list of containers answers: whose
// last inspection is out of date. Lists carry no environment, limits or restart counts.

import { parseImageReference } from '../../kernel/image-reference.ts';
import { instant } from '../../kernel/time.ts';
import type {
  ObservedContainer,
  ObservedImage,
  ObservedNetwork,
  ObservedVolume,
} from '../../observed/report.ts';
import type { ListedContainer, ListedImage, ListedNetwork, ListedVolume } from './engine-answers.ts';
import { isUpStatus } from './observe-container.ts';

/** Engines list in whatever order; equal states of a host are to give equal reports. */
export function inOrder<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

export const observeNetwork = (network: ListedNetwork): ObservedNetwork => ({
  id: network.Id,
  name: network.Name,
  labels: network.Labels,
  subnets: network.IPAM.Config.flatMap(({ Subnet }) => Subnet ?? []),
});

export const observeVolume = (volume: ListedVolume): ObservedVolume => ({
  name: volume.Name,
  labels: volume.Labels,
});

/** Engines shorten `docker.io/library/nginx` to `nginx`; everything else here speaks of the full name. */
function fullNames(references: readonly string[]): string[] {
  return references.flatMap((reference) => {
    const parsed = parseImageReference(reference);
    // `<none>:<none>` stands for an image that has lost its name.
    return parsed.ok ? [parsed.value.normalized] : [];
  });
}

export const observeImage = (image: ListedImage): ObservedImage => ({
  id: image.Id,
  tags: fullNames(image.RepoTags),
  digests: fullNames(image.RepoDigests),
  createdAt: instant(image.Created * 1_000),
  sizeBytes: image.Size,
});

/** What `Status` says about health: `Up 3 minutes (health: starting)`. */
function listedHealth(status: string): ObservedContainer['health'] {
  if (status.endsWith('(healthy)')) return 'healthy';
  if (status.endsWith('(unhealthy)')) return 'unhealthy';
  return status.endsWith('(health: starting)') ? 'starting' : 'none';
}

/** What `Status` says about the end: `Exited (137) 3 seconds ago`, `Restarting (1) 2 seconds ago`. */
function listedExitCode(status: string): number | null {
  const code = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status)?.[1];
  return code === undefined ? null : Number(code);
}

const portTexts = (ports: readonly { readonly port: number; readonly protocol: string }[]): string =>
  [...new Set(ports.map(({ port, protocol }) => `${port}/${protocol}`))].sort().join();

function sameNetworks(listed: ListedContainer, known: ObservedContainer): boolean {
  if (known.sharesNetworkOf !== null) return true;
  const isUp = isUpStatus(known.status);
  const networks = listed.NetworkSettings?.Networks ?? {};
  // Of one that is up: a network without an endpoint is one that it was refused.
  const names = Object.keys(networks).filter((name) => !isUp || networks[name]?.EndpointID !== '');
  if (names.length !== Object.keys(known.networks).length) return false;
  return names.every((name) => {
    const endpoint = known.networks[name];
    if (endpoint === undefined) return false;
    return !isUp || (endpoint.address ?? '') === networks[name]?.IPAddress;
  });
}

function samePorts(listed: ListedContainer, known: ObservedContainer): boolean {
  if (!isUpStatus(known.status)) return true;
  const bound = listed.Ports.flatMap(({ PublicPort, Type }) =>
    PublicPort === undefined || PublicPort === 0 ? [] : [{ port: PublicPort, protocol: Type }],
  );
  return portTexts(bound) === portTexts(known.hostPorts);
}

/** False where the list shows something that differs from what is known, so that it must be inspected. */
export function isStillAsKnown(listed: ListedContainer, known: ObservedContainer): boolean {
  if (listed.State.toLowerCase() !== known.status) return false;
  if (known.status === 'running' && listedHealth(listed.Status) !== known.health) return false;
  const exitCode = listedExitCode(listed.Status);
  if (exitCode !== null && exitCode !== known.exitCode) return false;
  if (!listed.Names.includes(`/${known.name}`)) return false;
  return sameNetworks(listed, known) && samePorts(listed, known);
}
