// One container in the tables of a simulated engine: what the engine has written down about it, and the
// process behind it, which may live or die without the engine's knowledge.

import type { ContainerSpec, ResourceLimits } from '../../desired/container.ts';
import type { Instant } from '../../kernel/time.ts';
import type { ContainerStatus, ObservedContainer } from '../../observed/report.ts';
import type { Behaviour } from './behaviour.ts';
import type { SimImage } from './image.ts';
import type { CountedRequests } from './request-counts.ts';

/** A container's place in a network. */
export interface Endpoint {
  readonly aliases: readonly string[];
  /** The address that it has whenever it is up; null: any. */
  readonly fixed: string | null;
  /** Null until the first start: so long only the name counts; and where it is only wished for. */
  networkId: string | null;
  /** Null while it is not up, and in the host's own network. */
  address: string | null;
}

export interface VolumeMount {
  readonly volume: string;
  readonly readOnly: boolean;
}

export interface PortRequest {
  readonly target: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  /** Null lets the engine choose. */
  readonly port: number | null;
}

export interface BoundPort {
  readonly target: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  readonly port: number;
}

/** A living process. */
export interface Run {
  /** On the monotonic clock; moves on while the process is paused. */
  beganMs: number;
  pausedAtMs: number | null;
  /** What lies ahead of the process by itself. */
  readonly life: (() => void)[];
  /** What somebody has ordered for it: its end. */
  readonly orders: (() => void)[];
}

/** From when to when it ran: what it printed follows from that. */
export interface PastRun {
  readonly beganMs: number;
  endedMs: number | null;
  /** Of a load balancer. */
  readonly counted: CountedRequests;
}

/** The end of a process, for the engine to notice. */
export interface ProcessEnd {
  readonly code: number;
  readonly outOfMemory: boolean;
  readonly at: Instant;
  readonly ranMs: number;
}

export interface Creation {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: SimImage;
  readonly reference: string;
  readonly spec: ContainerSpec;
  readonly mounts: readonly VolumeMount[];
  readonly ports: readonly PortRequest[];
  /** Id of the container whose network it uses, or what else was said where there was none. */
  readonly sharesNetworkOf: string | null;
  /** `NAME:ADDRESS`, as they stand in its /etc/hosts. */
  readonly hosts: readonly string[];
  readonly createdAt: Instant;
}

export class SimContainer {
  readonly made: Creation;
  readonly id: string;
  behaviour: Behaviour;
  name: string;
  status: ContainerStatus = 'created';
  health: ObservedContainer['health'] = 'none';
  startedAt: Instant | null = null;
  finishedAt: Instant | null = null;
  exitCode = 0;
  outOfMemory = false;
  restartCount = 0;
  restartPolicy: string;
  limits: ResourceLimits;
  readonly endpoints = new Map<string, Endpoint>();
  /**
   * Where it shares another's network: the run of that one whose network it is in. When that run ends, the
   * engine (20.10) takes the addresses out of the namespace and makes a new one for the next run; whoever was in
   * the old one runs on, unreached and unable to reach anybody, and nothing tells until it is restarted.
   */
  sharedRun: Run | null = null;
  bound: readonly BoundPort[] = [];
  /** Somebody stopped it: `unless-stopped` rests until the next start. */
  stoppedByHand = false;
  /** No restart by policy before the next start by request. */
  restartsCancelled = false;
  backoffMs = 0;
  cancelRestart: (() => void) | null = null;
  run: Run | null = null;
  /** What the engine has not noticed yet. */
  end: ProcessEnd | null = null;
  readonly pastRuns: PastRun[] = [];
  /** Called when the engine has noticed the end. */
  waiters: (() => void)[] = [];
  /** Kept until it changes. */
  observed: ObservedContainer | null = null;

  constructor(made: Creation, behaviour: Behaviour) {
    this.behaviour = behaviour;
    this.made = made;
    this.id = made.id;
    this.name = made.name;
    this.restartPolicy = made.spec.restart;
    this.limits = made.spec.limits;
  }

  /** As Docker sees it: with its network and ports. */
  get isUp(): boolean {
    return this.status === 'running' || this.status === 'paused';
  }
}

/**
 * False for a network that it was refused while it ran: the engine keeps the wish, does not let it be taken back,
 * and fails for it at the next start.
 */
export const isMember = ({ isUp }: SimContainer, { networkId }: Endpoint): boolean =>
  networkId !== null || !isUp;
