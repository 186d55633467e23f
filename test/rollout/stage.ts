// A stage for rollouts: plans are played on ideal engines, except that images behave as told. Time moves
// only when nothing else can happen, to the moment that the plan asked for.

import type { Action } from '../../src/action/action.ts';
import type { DesiredService } from '../../src/desired/desired.ts';
import { problem } from '../../src/kernel/errors.ts';
import { HostId, type ServiceKey } from '../../src/kernel/ids.ts';
import { invariant } from '../../src/kernel/invariant.ts';
import { type Instant, instant } from '../../src/kernel/time.ts';
import type { HostState, HostView } from '../../src/observed/host-view.ts';
import { observe } from '../../src/observed/observed.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { applyCommand, type ServiceCommand } from '../../src/plan/commands.ts';
import { play } from '../../src/plan/forecast.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import type { Plan, World } from '../../src/plan/world.ts';
import type { ActionFailure } from '../../src/rollout/facts.ts';
import type { ServiceMemory } from '../../src/rollout/memory.ts';
import { CONTROLLER, commit } from '../plan/world.ts';

/** How containers of an image behave once they were started. */
export type Behaviour =
  | 'ready'
  | 'starting'
  | 'crashing'
  | 'unhealthy'
  | 'no-such-command'
  | 'wrong-password'
  | 'deaf'
  | 'unstoppable';

const MAX_STEPS = 500;

export class Stage {
  world: World;
  plan: Plan | null = null;
  /** Everything that was played, as `kind object`. */
  readonly played: string[] = [];
  /** The fewest and most containers of each service that ran at once since the last `watch`. */
  readonly running: number[] = [];
  #behaviours: readonly (readonly [string, Behaviour])[];
  readonly #failures = new Map<string, ActionFailure>();

  constructor(world: World, behaviours: Readonly<Record<string, Behaviour>> = {}) {
    this.world = world;
    this.#behaviours = Object.entries(behaviours);
  }

  /** From now on containers of such images behave otherwise. */
  becomes(image: string, behaviour: Behaviour): this {
    this.#behaviours = [[image, behaviour], ...this.#behaviours];
    return this;
  }

  #behaviourOf(image: string): Behaviour {
    return this.#behaviours.find(([part]) => image.includes(part))?.[1] ?? 'ready';
  }

  commit(...services: readonly DesiredService[]): this {
    this.world = commit(this.world, services);
    return this;
  }

  /** Plans and plays until nothing moves any more within `forMs`. */
  settle(forMs = 3_600_000): this {
    const until = instant(this.world.now + forMs);
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const plan = this.step();
      if (plan.actions.length > 0 || plan.services.size > 0) continue;
      const { wakeAt } = plan.balancers;
      const next = [...plan.wakeAt.values(), ...(wakeAt === null ? [] : [wakeAt])].sort((a, b) => a - b)[0];
      if (next === undefined || next > until) return this;
      this.#passes(next);
    }
    throw new Error(
      `does not come to rest: ${JSON.stringify([...this.world.memory.services.values()], null, 1)}`,
    );
  }

  /** One plan, played at once. */
  step(): Plan {
    const plan = reconcile(this.world);
    this.plan = plan;
    const failing = plan.actions.filter((a) => this.#fails(a));
    const keys = new Set(failing.map((a) => a.key));
    const good = plan.actions.filter((a) => !keys.has(a.key) && !a.after.some((key) => keys.has(key)));
    for (const action of good) this.played.push(`${action.kind} ${action.object}`);
    for (const action of failing) this.#fail(action);
    // Everything that is done takes a moment.
    const after = play(this.world, { ...plan, actions: good }, instant(this.world.now + good.length));
    this.world = { ...after, facts: { ...after.facts, failures: this.#failures } };
    this.#behave();
    this.running.push(this.containers().filter((c) => c.status === 'running').length);
    return plan;
  }

  #fails(action: Action): boolean {
    if (action.kind === 'tellBalancer') return this.#behaviourOf('haproxy') === 'deaf';
    if (action.kind === 'pullImage')
      return this.#behaviourOf(this.#imageOf(action.image)) === 'wrong-password';
    if (action.kind === 'stopContainer')
      return this.containers().some(
        (c) => c.id === action.id && this.#behaviourOf(this.#specImage(c)) === 'unstoppable',
      );
    return (
      action.kind === 'runContainer' && this.#behaviourOf(action.request.spec.image) === 'no-such-command'
    );
  }

  #imageOf(pinned: string): string {
    const services = [...this.world.desired.services.values()].map((s) => s.container.image);
    return services.find((image) => pinned.startsWith(`${image.split(':')[0]}@`)) ?? pinned;
  }

  #fail(action: Action): void {
    const found =
      action.kind === 'pullImage'
        ? problem('image/auth', 'wrong password')
        : problem('engine/rejected', 'no such command');
    this.#failures.set(action.key, { problem: found, count: 1, at: this.world.now, retryAt: null });
  }

  #behave(): void {
    this.#change((c) => {
      if (c.status !== 'running') return c;
      const behaviour = this.#behaviourOf(this.#specImage(c));
      if (behaviour === 'crashing')
        return { ...c, status: 'restarting', exitCode: 1, restartCount: c.restartCount + 3 };
      if (behaviour === 'starting') return { ...c, health: 'starting' };
      if (behaviour === 'unhealthy') return { ...c, health: 'unhealthy' };
      return c;
    });
  }

  #specImage(c: ObservedContainer): string {
    const revision = c.name.split('.')[2] ?? '';
    if (c.name.startsWith('plimsoll.')) return 'haproxy';
    for (const [id, known] of this.world.memory.revisions) if (id === revision) return known.container.image;
    return '';
  }

  #change(change: (c: ObservedContainer, host: HostView) => ObservedContainer | null): void {
    const views = [...this.world.observed.hosts.values()].map((view) => {
      const containers = new Map<string, ObservedContainer>();
      for (const c of view.containers.values()) {
        const next = change(c, view);
        if (next !== null) containers.set(next.id, next);
      }
      return { ...view, containers };
    });
    this.world = { ...this.world, observed: observe(views, CONTROLLER) };
  }

  /** Somebody removes or changes containers behind the controller's back. */
  meddle(change: (c: ObservedContainer) => ObservedContainer | null): this {
    this.#change(change);
    return this;
  }

  host(id: string, state: HostState): this {
    const views = [...this.world.observed.hosts.values()].map((view) =>
      view.host === id ? { ...view, state, because: state, since: this.world.now } : view,
    );
    invariant(this.world.observed.hosts.has(HostId.parse(id)), `the stage has host ${id}`);
    this.world = { ...this.world, observed: observe(views, CONTROLLER) };
    return this;
  }

  wait(ms: number): this {
    this.#passes(instant(this.world.now + ms));
    return this;
  }

  /** Load balancers are asked again and again while time passes. */
  #passes(now: Instant): void {
    const asked = [...this.world.balancers].map(([id, fact]) => [id, { ...fact, at: now }] as const);
    this.world = { ...this.world, now, balancers: new Map(asked) };
  }

  command(command: ServiceCommand, key = 'shop/api'): this {
    const memory = this.memory(key);
    const history = [...this.world.memory.revisions.keys()];
    const result = applyCommand(memory, command, { by: 'user:test', now: this.world.now, history });
    if (!result.ok) throw new Error(result.error.message);
    const services = new Map(this.world.memory.services).set(memory.key, result.value);
    if (command.kind === 'retry') this.#failures.clear();
    this.world = { ...this.world, memory: { ...this.world.memory, services } };
    return this;
  }

  containers(): ObservedContainer[] {
    return [...this.world.observed.hosts.values()].flatMap((view) => [...view.containers.values()]);
  }

  /** `api:2 ×3, web:1 ×1`: what runs, by image. */
  runs(): string {
    const counts = new Map<string, number>();
    for (const c of this.containers()) {
      if (c.status !== 'running') continue;
      const name = this.#specImage(c).replace('registry.test/shop/', '');
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts]
      .sort()
      .map(([name, n]) => `${name} ×${n}`)
      .join(', ');
  }

  memory(key = 'shop/api'): ServiceMemory {
    const found = [...this.world.memory.services.values()].find((m) => m.key === key);
    if (found === undefined) throw new Error(`no memory of ${key}`);
    return found;
  }

  blocked(key = 'shop/api'): string {
    for (const [service, reasons] of this.plan?.blocked ?? new Map<ServiceKey, never>())
      if (service === key) return reasons.map((r: { because: string }) => r.because).join('; ');
    return '';
  }

  get now(): Instant {
    return this.world.now;
  }
}
