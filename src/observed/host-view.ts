// What is known about one host: the last report with every later update folded in, and how far it can
// be trusted. A host that does not answer keeps its last picture; it never becomes an empty one.

import type { HostId } from '../kernel/ids.ts';
import { parseImageReference } from '../kernel/image-reference.ts';
import type { Instant } from '../kernel/time.ts';
import type {
  EngineInfo,
  HostUpdate,
  ObservedContainer,
  ObservedImage,
  ObservedNetwork,
  ObservedVolume,
} from './report.ts';

/**
 * unknown:     never seen since the controller started.
 * fresh:       connected; events arrive.
 * stale:       the connection broke a moment ago; the picture is probably still right.
 * unreachable: no answer for longer than the grace; nothing may be concluded from the picture.
 */
export type HostState = 'unknown' | 'fresh' | 'stale' | 'unreachable';

export interface HostView {
  readonly host: HostId;
  readonly state: HostState;
  readonly because: string;
  /** When `state` began. */
  readonly since: Instant;
  /** When the host last told anything; null where it never did. */
  readonly seenAt: Instant | null;
  readonly engine: EngineInfo | null;
  readonly containers: ReadonlyMap<string, ObservedContainer>;
  /** Since when containers have been seen not to run, by our clock: that of the host may be another. */
  readonly stoppedSince: ReadonlyMap<string, Instant>;
  /** By name. */
  readonly networks: ReadonlyMap<string, ObservedNetwork>;
  readonly volumes: ReadonlyMap<string, ObservedVolume>;
  readonly images: readonly ObservedImage[];
}

/** How long a broken connection is only `stale`. */
const STALE_GRACE_MS = 5_000;

export function unknownHost(host: HostId, now: Instant): HostView {
  return {
    host,
    state: 'unknown',
    because: 'not connected yet',
    since: now,
    seenAt: null,
    engine: null,
    containers: new Map(),
    stoppedSince: new Map(),
    networks: new Map(),
    volumes: new Map(),
    images: [],
  };
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]));

const normalized = (reference: string): string => {
  const parsed = parseImageReference(reference);
  return parsed.ok ? parsed.value.normalized : reference;
};

/** Engines shorten the names of Docker's own registry; ours are always whole. */
const withWholeNames = (images: readonly ObservedImage[]): readonly ObservedImage[] =>
  images.map((image) => ({
    ...image,
    tags: image.tags.map(normalized),
    digests: image.digests.map(normalized),
  }));

const STOPPED: ReadonlySet<ObservedContainer['status']> = new Set(['created', 'exited', 'dead', 'removing']);

/** The containers as they are now, and since when those that do not run have been seen like that. */
export function withContainers(
  before: HostView,
  containers: ReadonlyMap<string, ObservedContainer>,
  at: Instant,
): Pick<HostView, 'containers' | 'stoppedSince'> {
  const stoppedSince = new Map<string, Instant>();
  for (const { id, status } of containers.values())
    if (STOPPED.has(status)) stoppedSince.set(id, before.stoppedSince.get(id) ?? at);
  return { containers, stoppedSince };
}

function seen(view: HostView, at: Instant): HostView {
  // A view that is not fresh becomes so by a whole report only: single updates may have been missed.
  return { ...view, seenAt: at };
}

/** The view after an update; an update never makes another host's view. */
export function foldUpdate(view: HostView, update: HostUpdate): HostView {
  switch (update.kind) {
    case 'report':
      return {
        ...view,
        state: 'fresh',
        because: 'connected',
        since: view.state === 'fresh' ? view.since : update.report.at,
        seenAt: update.report.at,
        engine: update.report.engine,
        ...withContainers(view, new Map(update.report.containers.map((c) => [c.id, c])), update.report.at),
        networks: byName(update.report.networks),
        volumes: byName(update.report.volumes),
        images: update.report.images === null ? view.images : withWholeNames(update.report.images),
      };
    case 'container': {
      const containers = new Map(view.containers);
      containers.set(update.container.id, update.container);
      return { ...seen(view, update.at), ...withContainers(view, containers, update.at) };
    }
    case 'containerGone': {
      const containers = new Map(view.containers);
      containers.delete(update.id);
      return { ...seen(view, update.at), ...withContainers(view, containers, update.at) };
    }
    case 'objects':
      return {
        ...seen(view, update.at),
        ...(update.networks === undefined ? {} : { networks: byName(update.networks) }),
        ...(update.volumes === undefined ? {} : { volumes: byName(update.volumes) }),
        ...(update.images === undefined ? {} : { images: withWholeNames(update.images) }),
      };
    case 'failed':
      return foldFailure(view, update.at, update.problem.message);
    default:
      return update satisfies never;
  }
}

function foldFailure(view: HostView, at: Instant, because: string): HostView {
  if (view.state === 'unknown') return { ...view, because };
  if (view.state === 'fresh') return { ...view, state: 'stale', because, since: at };
  if (view.state === 'stale' && at - view.since >= STALE_GRACE_MS)
    return { ...view, state: 'unreachable', because, since: at };
  return { ...view, because };
}

/** `repository@digest` or the id or tag: whether the host can create a container of `image` now. */
export const hasImage = (view: HostView, image: string): boolean => findImage(view, image) !== null;

export function findImage({ images }: HostView, image: string): ObservedImage | null {
  return images.find((i) => i.id === image || i.digests.includes(image) || i.tags.includes(image)) ?? null;
}

/** What an image is called in actions. */
export const imageName = ({ id, digests }: ObservedImage): string => digests[0] ?? id;
