// A fleet in the words of the domain: hosts that hold certificates, a store, a controller that steps and may
// die, a clock. What is remembered passes through JSON between two steps, as it does through the store.

import { HostId, RootId } from '../../src/kernel/ids.ts';
import { after, type Instant, instant } from '../../src/kernel/time.ts';
import { leafValidity, rootValidity } from '../../src/kernel/validity.ts';
import type { SeenRoot, TrustAction } from '../../src/trust/seen.ts';
import { type Holding, NO_TRUST, TrustState } from '../../src/trust/state.ts';
import { step, type TrustStep } from '../../src/trust/step.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const START = instant(Date.UTC(2026, 0, 1));
/** How often a host's answers are looked at, whatever the steps ask for. */
const LOOK_MS = HOUR_MS;
const MOST_STEPS = 40;

export class Mesh {
  now: Instant = START;
  state: TrustState = NO_TRUST;
  roots: SeenRoot[] = [];
  replace: RootId | null = null;
  last: TrustStep = step(NO_TRUST, { roots: [], hosts: [], replace: null }, START);
  readonly holds = new Map<HostId, Holding | null>();
  /** Hosts that do not answer; their load balancers go on with what they hold. */
  readonly away = new Set<HostId>();
  /** Hosts that answer, and on which nothing can be written. */
  readonly full = new Set<HostId>();
  readonly equipped: string[] = [];
  #made = 0;

  constructor(...hosts: readonly string[]) {
    for (const host of hosts) this.holds.set(HostId.parse(host), null);
  }

  /** One step: the state is stored, and its actions are given back without being played. */
  decide(): readonly TrustAction[] {
    const hosts = [...this.holds].map(([host, holds]) => ({
      host,
      holds: this.away.has(host) ? ('unanswered' as const) : holds,
    }));
    this.last = step(this.state, { roots: this.roots, hosts, replace: this.replace }, this.now);
    this.state = TrustState.parse(JSON.parse(JSON.stringify(this.last.next)));
    return this.last.actions;
  }

  play(action: TrustAction): void {
    if (action.kind === 'create-root') this.#createRoot();
    else if (action.kind === 'forget-root') this.roots = this.roots.filter(({ id }) => id !== action.root);
    else this.#equip(action);
  }

  #createRoot(): void {
    this.#made += 1;
    const id = RootId.parse(String.fromCharCode(96 + this.#made).repeat(12));
    this.roots = [...this.roots, { id, createdAt: this.now, expiresAt: rootValidity(this.now).expiresAt }];
  }

  #equip({ host, by, trusts, issuedAt }: Extract<TrustAction, { kind: 'equip' }>): void {
    if (this.away.has(host) || this.full.has(host)) return;
    this.holds.set(host, { by, trusts, ...leafValidity(issuedAt) });
    this.equipped.push(host);
  }

  /** Steps and plays until nothing more is to be done at this moment. */
  settle(): this {
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const actions = this.decide();
      for (const action of actions) this.play(action);
      const isAgain = this.last.wakeAt !== null && this.last.wakeAt <= this.now;
      if (actions.length === 0 && !isAgain) return this;
    }
    throw new Error(`never settles: ${JSON.stringify(this.last)}`);
  }

  /** Time passes; the controller steps whenever it asked to, and now and then besides. */
  wait(spanMs: number): this {
    const untilAt = after(this.now, spanMs);
    this.settle();
    while (this.now < untilAt) {
      this.now = instant(Math.min(this.last.wakeAt ?? untilAt, this.now + LOOK_MS, untilAt));
      this.settle();
    }
    return this;
  }

  /** Time passes, and the controller sees nothing of it. */
  sleep(spanMs: number): this {
    this.now = after(this.now, spanMs);
    return this;
  }

  gone(host: string): this {
    this.away.add(HostId.parse(host));
    return this;
  }

  back(host: string): this {
    this.away.delete(HostId.parse(host));
    return this;
  }

  rotate(): this {
    this.replace = this.roots[0]?.id ?? null;
    return this;
  }

  /** `h1 a→ab`: its certificate is of root a, and it trusts a and b; `!` where it is not valid now. */
  shows(): string {
    const short = (id: RootId): string => id[0] ?? '';
    return [...this.holds]
      .map(([host, holds]) => {
        if (holds === null) return `${host} –`;
        const isValid = holds.startsAt <= this.now && this.now <= holds.expiresAt;
        return `${host} ${short(holds.by)}→${holds.trusts.map(short).join('')}${isValid ? '' : '!'}`;
      })
      .join(', ');
  }

  get phase(): string {
    return this.state.phase.kind;
  }

  /** Pairs of hosts of which one shows a valid certificate that the other one cannot check. */
  misunderstandings(): readonly string[] {
    const valid = [...this.holds].flatMap(([host, holds]) =>
      holds !== null && holds.startsAt <= this.now && this.now <= holds.expiresAt ? [{ host, holds }] : [],
    );
    return valid.flatMap((one) =>
      valid
        .filter((other) => !other.holds.trusts.includes(one.holds.by))
        .map((other) => `${other.host} refuses ${one.host}: ${this.shows()}`),
    );
  }
}
