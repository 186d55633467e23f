// How each action is carried out on a host. Every action may be played again after a crash or a lost
// answer: what is already there is adopted where it is ours and refused where it is not.

import type { Action } from '../action/action.ts';
import type { ContainerRequest } from '../action/container-request.ts';
import type { ConfigFile } from '../desired/desired.ts';
import { PlimsollError, problem } from '../kernel/errors.ts';
import type { HostId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import { LABEL, type Labels } from '../kernel/owner.ts';
import { formatDuration } from '../kernel/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { FillOptions, Host, NetworkRequest, PullProgress, RegistryCredential } from '../ports/host.ts';
import type { HostCredentials, LoadBalancerDriver } from '../ports/load-balancer.ts';

export type BalancerPort = ReturnType<LoadBalancerDriver['on']>;

export interface PlayContext {
  readonly clock: Clock;
  readonly balancer: (host: Host) => BalancerPort;
  /** Null where another certificate has taken the place of this one. */
  readonly credentials: (host: HostId, identity: string) => HostCredentials | null;
  readonly credential: (image: string) => RegistryCredential | null;
  readonly onPullProgress: (progress: PullProgress) => void;
  readonly signal: AbortSignal;
  /** Asked between two calls of one action: the process may have been stopped past its lease meanwhile. */
  readonly mayPlay: () => boolean;
}

const CALL_MS = 60_000;
const PULL_MS = 30 * 60_000;
/** A pull that tells nothing for so long is stuck; unpacking a large layer is told in steps. */
const PULL_SILENCE_MS = 3 * 60_000;
/** The slowest line that has to carry a config in time: 128 kbit/s. */
const UPLOAD_BYTES_PER_MS = 16;
/** What an archive adds to each file. */
const ENTRY_BYTES = 1_024;
/** What the engine may take beyond the grace itself. */
const STOP_SLACK_MS = 30_000;

/** How long the longest call of an action may take; nothing hangs longer than this. */
function deadlineMs(action: Action): number {
  switch (action.kind) {
    case 'stopContainer':
    case 'restartContainer':
      return action.graceMs + STOP_SLACK_MS;
    default:
      return CALL_MS;
  }
}

const OWNER_LABELS = [LABEL.controller, LABEL.kind, LABEL.namespace, LABEL.service, LABEL.revision] as const;

const isSame = (ours: Labels, theirs: Labels): boolean =>
  OWNER_LABELS.every((name) => ours[name] === theirs[name]);

/** What stands in the way of any action once the controller's lease has ended. */
export const leaseEnded = (): PlimsollError =>
  new PlimsollError(problem('store/lease', 'the lease has ended: nothing is done any more'));

function foreign(host: Host, what: string, name: string): PlimsollError {
  return new PlimsollError(
    problem('engine/foreign', `a foreign ${what} on ${host.id} has the name ${name}; it is left untouched`),
  );
}

/** The id of the container: a new one, or the one that an earlier try made. */
async function createOrAdopt(
  host: Host,
  request: ContainerRequest,
  { signal, mayPlay }: PlayContext,
): Promise<string> {
  const options = { deadlineMs: CALL_MS, signal };
  try {
    return await host.createContainer(request, options);
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.problem.code !== 'engine/conflict') throw error;
    const there = await host.inspectContainer(request.name, options);
    // Gone again between the two calls: the next plan tries anew.
    if (there === null) throw error;
    if (!isSame(request.labels, there.labels)) throw foreign(host, 'container', request.name);
    // The first one comes with the container; the earlier try may have ended before the others.
    for (const { name, ...place } of request.networks.slice(1)) {
      if (!mayPlay()) throw leaseEnded();
      if (there.networks[name] === undefined) await host.connectNetwork(name, there.id, place, options);
    }
    return there.id;
  }
}

async function runContainer(host: Host, request: ContainerRequest, context: PlayContext): Promise<void> {
  const { signal, mayPlay } = context;
  const id = await createOrAdopt(host, request, context);
  if (!mayPlay()) throw leaseEnded();
  await host.startContainer(id, { deadlineMs: CALL_MS, signal });
}

async function createVolume(host: Host, name: string, labels: Labels, signal: AbortSignal): Promise<void> {
  // A second create answers with whatever volume has the name, so its owner is looked at before use.
  const volume = await host.createVolume(name, labels, { deadlineMs: CALL_MS, signal });
  if (!isSame(labels, volume.labels)) throw foreign(host, 'volume', name);
}

/** A lost request is noticed as soon as in any other call; a large config may take longer on its way. */
function fillOptions(files: readonly ConfigFile[], { signal, mayPlay }: PlayContext): FillOptions {
  const bytes = files.reduce((sum, { contentBase64 }) => sum + contentBase64.length + ENTRY_BYTES, 0);
  const uploadMs = CALL_MS + Math.ceil(bytes / UPLOAD_BYTES_PER_MS);
  return { deadlineMs: CALL_MS, uploadMs, mayGoOn: mayPlay, signal };
}

async function fillConfig(
  host: Host,
  { volume, image, labels, files }: Action & { readonly kind: 'fillConfig' },
  context: PlayContext,
): Promise<void> {
  await createVolume(host, volume, labels, context.signal);
  if (!context.mayPlay()) throw leaseEnded();
  await host.fillVolume(volume, image, labels, files, fillOptions(files, context));
}

async function createNetwork(host: Host, request: NetworkRequest, signal: AbortSignal): Promise<void> {
  const network = await host.createNetwork(request, { deadlineMs: CALL_MS, signal });
  if (!isSame(request.labels, network.labels)) throw foreign(host, 'network', request.name);
}

async function pullImage(
  host: Host,
  image: string,
  { clock, credential, onPullProgress, signal }: PlayContext,
): Promise<void> {
  const silence = new AbortController();
  const wait = (): (() => void) => clock.after(PULL_SILENCE_MS, () => silence.abort());
  let cancel = wait();
  const onProgress = (progress: PullProgress): void => {
    cancel();
    cancel = wait();
    onPullProgress(progress);
  };
  const options = { deadlineMs: PULL_MS, signal: AbortSignal.any([signal, silence.signal]) };
  try {
    await host.pullImage(image, credential(image), onProgress, options);
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    const silent = `pulling ${image} on ${host.id} has made no progress for ${formatDuration(PULL_SILENCE_MS)}`;
    throw new PlimsollError(problem('host/timeout', silent), error);
  } finally {
    cancel();
  }
}

async function tellBalancer(
  host: Host,
  { id, traffic, mark, generation }: Action & { readonly kind: 'tellBalancer' },
  { balancer, credentials, signal }: PlayContext,
): Promise<void> {
  const { identity } = traffic;
  const found = identity === null ? null : credentials(host.id, identity);
  if (identity !== null && found === null) {
    const replaced = `the certificate ${identity} of ${host.id} has been replaced`;
    throw new PlimsollError(problem('proxy/superseded', replaced));
  }
  const telling = { traffic, mark, generation, credentials: found };
  await balancer(host).tell(id, telling, { deadlineMs: CALL_MS, signal });
}

/** Resolves once the host has acknowledged; rejects with a PlimsollError. */
export async function playAction(host: Host, action: Action, context: PlayContext): Promise<void> {
  invariant(host.id === action.host, `action ${action.key} was sent to ${host.id}`);
  const { signal } = context;
  const options = { deadlineMs: deadlineMs(action), signal };
  switch (action.kind) {
    case 'pullImage':
      return pullImage(host, action.image, context);
    case 'createNetwork':
      return createNetwork(host, action, signal);
    case 'createVolume':
      return createVolume(host, action.name, action.labels, signal);
    case 'fillConfig':
      return fillConfig(host, action, context);
    case 'runContainer':
      return runContainer(host, action.request, context);
    case 'startContainer':
      return host.startContainer(action.id, options);
    case 'restartContainer':
      return host.restartContainer(action.id, action.graceMs, options);
    case 'stopContainer':
      return host.stopContainer(action.id, action.graceMs, options);
    case 'removeContainer':
      return host.removeContainer(action.id, options);
    case 'updateContainer':
      return host.updateContainer(action.id, action, options);
    case 'connectNetwork':
      return host.connectNetwork(action.network, action.id, action, options);
    case 'disconnectNetwork':
      return host.disconnectNetwork(action.network, action.id, options);
    case 'tellBalancer':
      return tellBalancer(host, action, context);
    case 'removeNetwork':
      return host.removeNetwork(action.id, options);
    case 'removeVolume':
      return host.removeVolume(action.name, options);
    case 'removeImage':
      return host.removeImage(action.id, options);
    default:
      return action satisfies never;
  }
}
