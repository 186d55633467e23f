// The truth about a simulated machine at one moment, for checkers and transcripts: what the engine has in
// its tables and what is really so. Parts that have not changed are the same objects as before.

import type { ContainerSpec } from '../../desired/container.ts';
import type { HostId } from '../../kernel/ids.ts';
import type { Instant } from '../../kernel/time.ts';
import type { ObservedContainer, ObservedImage, ObservedNetwork } from '../../observed/report.ts';
import type { SimContainer, VolumeMount } from './container.ts';
import type { DaemonState, Machine } from './machine.ts';
import { observe } from './observe.ts';
import type { SimVolume, VolumeData, VolumeFile } from './volume.ts';

export interface ContainerSnapshot {
  /** As an inspection shows it. */
  readonly observed: ObservedContainer;
  /** Whether its process lives, which the engine may not know (yet). */
  readonly isAlive: boolean;
  /** Somebody stopped it: `unless-stopped` rests. */
  readonly stoppedByHand: boolean;
  /** What it was created from, and as what. */
  readonly reference: string;
  readonly spec: ContainerSpec;
  readonly mounts: readonly VolumeMount[];
  readonly createdAt: Instant;
}

export interface VolumeSnapshot {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Another one for each volume of the name: data do not outlive it. */
  readonly incarnation: number;
  readonly createdAt: Instant;
  /** By path. */
  readonly files: ReadonlyMap<string, VolumeFile>;
  /** Null: no container has written into it. */
  readonly data: VolumeData | null;
}

export interface EngineSnapshot {
  readonly host: HostId;
  /** Grows with every change. */
  readonly version: number;
  readonly isPowered: boolean;
  readonly daemon: DaemonState;
  readonly isDiskFull: boolean;
  /** In the order of their creation. */
  readonly containers: readonly ContainerSnapshot[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly VolumeSnapshot[];
  readonly images: readonly ObservedImage[];
}

export class Snapshots {
  readonly #machine: Machine;
  readonly #containers = new WeakMap<SimContainer, ContainerSnapshot>();
  readonly #volumes = new WeakMap<SimVolume, VolumeSnapshot>();
  #last: EngineSnapshot | null = null;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  take(): EngineSnapshot {
    const { version, options, isPowered, daemon, isDiskFull } = this.#machine;
    if (this.#last?.version === version) return this.#last;
    const containers: ContainerSnapshot[] = [];
    for (const container of this.#machine.containers.values()) containers.push(this.#ofContainer(container));
    const volumes: VolumeSnapshot[] = [];
    for (const volume of this.#machine.volumes.values()) volumes.push(this.#ofVolume(volume));
    this.#last = {
      host: options.host,
      version,
      isPowered,
      daemon,
      isDiskFull,
      containers,
      networks: this.#machine.observedNetworks.get(),
      volumes,
      images: this.#machine.observedImages.get(),
    };
    return this.#last;
  }

  #ofContainer(container: SimContainer): ContainerSnapshot {
    const last = this.#containers.get(container);
    const observed = observe(container);
    const isAlive = container.run !== null;
    const { stoppedByHand } = container;
    const isSame =
      last !== undefined &&
      last.observed === observed &&
      last.isAlive === isAlive &&
      last.stoppedByHand === stoppedByHand;
    if (isSame) return last;
    const { reference, spec, mounts, createdAt } = container.made;
    const snapshot = { observed, isAlive, stoppedByHand, reference, spec, mounts, createdAt };
    this.#containers.set(container, snapshot);
    return snapshot;
  }

  #ofVolume(volume: SimVolume): VolumeSnapshot {
    const last = this.#volumes.get(volume);
    if (last !== undefined && last.files === volume.files && last.data === volume.data) return last;
    const { observed, incarnation, createdAt, files, data } = volume;
    const snapshot = { ...observed, incarnation, createdAt, files, data };
    this.#volumes.set(volume, snapshot);
    return snapshot;
  }
}
