// What one service's step sees, and the sheet on which it notes its decisions. The sheet lives only
// within one call: from outside a step is a function of its input.

import { type Action, type ActionBody, makeAction } from '../action/action.ts';
import type { ConnectionSpec } from '../desired/container.ts';
import type { ConfigFile, DesiredService, DriftMode } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { RolloutSpec } from '../desired/rollout-spec.ts';
import type { CommitSha, ControllerId, HostId, RevisionId, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { LoadTable } from '../placement/load.ts';
import type { Candidate } from '../placement/place.ts';
import { type Ask, type Blocked, type Facts, type Need, needOf } from './facts.ts';
import type { Instance, Rollout, ServiceMemory } from './memory.ts';
import type { Routing } from './routing.ts';

export interface StepSettings {
  /** The source whose commits decide about what nobody can explain; null: it is left alone. */
  readonly fleetSource: SourceId | null;
  /** Hosts that the store has never met: a volume that it does not know may lie there. */
  readonly unmetHosts: ReadonlySet<HostId>;
  /** Sources whose removals are only shown. */
  readonly reportsRemovals: ReadonlySet<SourceId>;
  /** Sources whose drift is only shown, whatever the services say. */
  readonly reportsDrift: ReadonlySet<SourceId>;
  /** How long a stopped container is kept for its logs before it is removed. */
  readonly keepStoppedMs: number;
}

export interface StepInput {
  readonly now: Instant;
  readonly controller: ControllerId;
  readonly memory: ServiceMemory;
  /** Null: no commit wants the service any more. */
  readonly desired: DesiredService | null;
  /** The commit that `desired` comes from. */
  readonly commit: CommitSha | null;
  /** Containers with this service's labels, on all hosts. */
  readonly found: readonly FoundContainer[];
  readonly candidates: readonly Candidate[];
  readonly hosts: ReadonlyMap<HostId, HostView>;
  readonly facts: Facts;
  /** `host/contentHash` of the config volumes that were filled to the end. */
  readonly filled: ReadonlySet<string>;
  readonly load: LoadTable;
  /** Host of each named volume, by `namespace/volume`. */
  readonly volumeHosts: ReadonlyMap<string, HostId>;
  readonly revision: (id: RevisionId) => Revision | null;
  readonly config: (contentHash: string) => readonly ConfigFile[] | null;
  /** Why a rollout of this service may not begin yet (its dependencies); null: it may. */
  readonly waitsFor: string | null;
  /** Why its removal may not begin yet (services that depend on it); null: it may. */
  readonly removalWaitsFor: string | null;
  /** Null: no other service connects to it. */
  readonly routing: Routing | null;
  /** Why containers with these connections find no way to them on a host yet; null: they do. */
  /** What the services before this one are about to do. */
  readonly planned: () => Iterable<Action>;
  readonly whyNoDoors: (host: HostId, connects: readonly ConnectionSpec[]) => string | null;
  readonly settings: StepSettings;
}

export interface StepResult {
  readonly memory: ServiceMemory;
  /** True once a service that nobody wants has left no trace: its row can go. */
  readonly gone: boolean;
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocked[];
  readonly asks: readonly Ask[];
  /** Revisions that became known. */
  readonly revisions: readonly Revision[];
  /** Runs that ended in this step. */
  readonly ended: readonly Rollout[];
  readonly volumeHosts: ReadonlyMap<string, HostId>;
  readonly wakeAt: Instant | null;
}

/** The sheet: `memory` is replaced as decisions are taken. */
export class Draft {
  input: StepInput;
  memory: ServiceMemory;
  readonly actions = new Map<string, Action>();
  readonly blocked: Blocked[] = [];
  readonly asks: Ask[] = [];
  readonly revisions: Revision[] = [];
  readonly ended: Rollout[] = [];
  readonly volumeHosts = new Map<string, HostId>();
  /** Names of replicas that are to leave and without which fewer would serve than must. */
  readonly spared = new Set<string>();
  wakeAt: Instant | null = null;

  /** What the commit wants, whatever this step works towards. */
  readonly committed: DesiredService | null;

  constructor(input: StepInput) {
    this.input = input;
    this.committed = input.desired;
    this.memory = input.memory;
  }

  get now(): Instant {
    return this.input.now;
  }

  revision(id: RevisionId): Revision | null {
    return this.revisions.find((r) => r.id === id) ?? this.input.revision(id);
  }

  set(change: Partial<ServiceMemory>): void {
    this.memory = { ...this.memory, ...change };
  }

  setInstances(instances: readonly Instance[]): void {
    this.memory = { ...this.memory, instances: [...instances] };
  }

  setRollout(change: Partial<Rollout>): void {
    if (this.memory.rollout !== null) this.set({ rollout: { ...this.memory.rollout, ...change } });
  }

  /** Asks to be called again at `at` (or earlier). Moments that have passed do not count. */
  wake(at: Instant): void {
    if (at > this.now && (this.wakeAt === null || at < this.wakeAt)) this.wakeAt = at;
  }

  /** Sets the number of replicas and the rules of rollouts for the rest of this step. */
  workTowards(replicas: number, rollout: RolloutSpec): void {
    const { desired } = this.input;
    if (desired !== null && (desired.replicas !== replicas || desired.rollout !== rollout))
      this.input = { ...this.input, desired: { ...desired, replicas, rollout } };
  }

  isInFleet(host: HostId): boolean {
    return this.input.candidates.some((c) => c.host.id === host);
  }

  /** How deviations of running containers are met: the service's own mode within its source's. */
  get driftMode(): DriftMode {
    const mode = this.input.desired?.drift ?? 'off';
    return mode === 'correct' && this.input.settings.reportsDrift.has(this.memory.source) ? 'report' : mode;
  }

  /** Notes what stands in the way of `object` (of the service as a whole where none is named). */
  block(needs: Need, because: string, object: string = this.memory.key): void {
    if (!this.blocked.some((b) => b.object === object && b.because === because))
      this.blocked.push({ object, because, needs });
  }

  /**
   * Adds an action unless it failed a moment ago; then it says why and when it is due again. Returns
   * the key for the `after` of others, or `blocked`: what needs it must not be played either.
   */
  act(
    host: HostId,
    object: string,
    because: string,
    body: ActionBody,
    more: { readonly after?: readonly string[]; readonly shared?: boolean } = {},
  ): string {
    const action = makeAction(
      {
        host,
        object,
        because,
        service: more.shared === true ? null : this.memory.key,
        after: more.after ?? [],
      },
      body,
    );
    const failure = this.failureOf(action.key);
    if (failure !== null && (failure.retryAt === null || failure.retryAt > this.now)) {
      this.block(needOf(failure.problem), `${failure.problem.message} (${failure.problem.code})`, object);
      if (failure.retryAt !== null) this.wake(failure.retryAt);
      return 'blocked';
    }
    this.actions.set(action.key, action);
    return action.key;
  }

  /** The last failure of an action, unless the current run began after it. */
  failureOf(key: string) {
    const failure = this.input.facts.failures.get(key);
    const startedAt = this.memory.rollout?.startedAt;
    if (failure === undefined || (startedAt !== undefined && failure.at < startedAt)) return null;
    return failure;
  }
}
