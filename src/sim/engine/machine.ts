// A machine with its Docker engine: the tables, what they stand in, and what everything that happens to
// them has to tell. The verbs are in files of their own.

import type { ContainerSpec } from '../../desired/container.ts';
import type { HostId } from '../../kernel/ids.ts';
import type { Instant } from '../../kernel/time.ts';
import type {
  EngineEvent,
  EngineInfo,
  ObservedContainer,
  ObservedImage,
  ObservedNetwork,
  ObservedVolume,
} from '../../observed/report.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Answering } from './balancer.ts';
import type { Behaviour } from './behaviour.ts';
import type { SimContainer } from './container.ts';
import { EventLog } from './event-log.ts';
import { observeImage, type SimImage } from './image.ts';
import { Memo } from './memo.ts';
import { observe } from './observe.ts';
import type { Flaws, Pace } from './pace.ts';
import { HostPorts } from './ports.ts';
import type { RegistryView } from './registry-view.ts';
import { type SimNetwork, Subnets } from './subnets.ts';
import type { SimVolume } from './volume.ts';

export interface MachineOptions {
  /** Its wall clock is the machine's own; waiting goes by its monotonic time. */
  readonly clock: Clock;
  /** The only source of chance. */
  readonly random: Random;
  readonly host: HostId;
  readonly engine: EngineInfo;
  readonly registry: RegistryView;
  readonly addressPool: readonly string[];
  readonly pace: Pace;
  readonly flaws: Flaws;
  /** What a container of this specification and with these labels does, where that is not the image's behaviour alone. */
  readonly meaning: (
    image: Behaviour,
    spec: ContainerSpec,
    labels: Readonly<Record<string, string>>,
  ) => Behaviour;
}

/** `frozen`: the daemon's process is stopped (SIGSTOP); it goes on where it was when it is continued. */
export type DaemonState = 'up' | 'down' | 'frozen';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const NO_LABELS = {};

export class Machine {
  readonly options: MachineOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** By id, in the order of their creation. */
  readonly containers = new Map<string, SimContainer>();
  readonly names = new Map<string, SimContainer>();
  readonly networks = new Map<string, SimNetwork>();
  readonly volumes = new Map<string, SimVolume>();
  readonly images = new Map<string, SimImage>();
  /** Digests of the layers that are on the machine. */
  readonly layers = new Set<string>();
  readonly subnets: Subnets;
  readonly ports = new HostPorts();
  readonly events = new EventLog();
  /** Who has which address, of the containers that are up. */
  readonly addresses = new Map<string, SimContainer>();
  /** What containers are answering for others. */
  readonly answering = new Set<Answering>();
  /** Until when a load balancer here cannot be told anything; infinite: only once. */
  reloadFailsUntilMs = 0;
  daemon: DaemonState = 'up';
  isPowered = true;
  isDiskFull = false;
  slowness = 1;
  version = 0;
  incarnations = 0;
  /** How often the daemon has ended: what one had in mind another one does not know. */
  daemonEnds = 0;
  /** When the last container of a daemon that stops in order has ended: no new one begins before. */
  shutdownEndsMs = 0;
  /** What a frozen daemon does when it is continued. */
  backlog: (() => void)[] = [];
  readonly observedContainers = new Memo<readonly ObservedContainer[]>(() =>
    [...this.containers.values()].map(observe).sort((a, b) => byText(a.id, b.id)),
  );
  readonly observedNetworks = new Memo<readonly ObservedNetwork[]>(() =>
    [...this.networks.values()].map(({ observed }) => observed).sort((a, b) => byText(a.id, b.id)),
  );
  readonly observedVolumes = new Memo<readonly ObservedVolume[]>(() =>
    [...this.volumes.values()].map(({ observed }) => observed).sort((a, b) => byText(a.name, b.name)),
  );
  readonly observedImages = new Memo<readonly ObservedImage[]>(() =>
    [...this.images.values()].map(observeImage).sort((a, b) => byText(a.id, b.id)),
  );

  constructor(options: MachineOptions) {
    this.options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.subnets = new Subnets(options.addressPool);
  }

  now(): Instant {
    return this.clock.now();
  }

  /** 64 hexadecimal digits, as Docker's ids. */
  newId(): string {
    let id = '';
    for (let word = 0; word < 8; word += 1)
      id += Math.floor(this.random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return id;
  }

  /** By id, by name or by the beginning of an id. */
  find(idOrName: string): SimContainer | undefined {
    const found = this.containers.get(idOrName) ?? this.names.get(idOrName);
    if (found !== undefined || !/^[0-9a-f]{4,63}$/.test(idOrName)) return found;
    const matching = [...this.containers.values()].filter(({ id }) => id.startsWith(idOrName));
    return matching.length === 1 ? matching[0] : undefined;
  }

  changed(): void {
    this.version += 1;
  }

  /** To be called after every change of a container, before its event. */
  touch(container: SimContainer): void {
    container.observed = null;
    this.observedContainers.drop();
    this.version += 1;
  }

  tell(
    type: EngineEvent['type'],
    action: string,
    object: string,
    more: { readonly container?: string; readonly labels?: Readonly<Record<string, string>> } = {},
  ): void {
    this.events.add({
      type,
      action,
      object,
      container: more.container ?? null,
      labels: more.labels ?? NO_LABELS,
      at: this.now(),
    });
  }

  tellOf(container: SimContainer, action: string): void {
    this.tell('container', action, container.id, { labels: container.made.labels });
  }

  /** Does what only a running daemon does: now, when it is continued, or never. */
  whenUp(work: () => void): void {
    if (this.daemon === 'up') work();
    else if (this.daemon === 'frozen') this.backlog.push(work);
  }
}
