// Plays the steps of the mesh's trust: roots lie sealed in the store, and certificates of hosts with their keys only in
// memory and on their hosts. A controller that begins has none of them and makes new ones.

import { sha256 } from '../kernel/canonical.ts';
import { formatProblem, type Problem } from '../kernel/errors.ts';
import type { HostId, RootId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import { isSameJson } from '../kernel/same-json.ts';
import { Sealed } from '../kernel/sealed.ts';
import type { Instant } from '../kernel/time.ts';
import type { CertificateAuthority, StoredRoot } from '../ports/authority.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostCredentials } from '../ports/load-balancer.ts';
import type { Store } from '../ports/store.ts';
import type { Identity } from '../traffic/told.ts';
import type { SeenHost, TrustAction } from '../trust/seen.ts';
import { NO_TRUST, type TrustState } from '../trust/state.ts';
import { step } from '../trust/step.ts';
import type { EventLog } from './events.ts';
import { decodeTrust, put, rowKey } from './rows.ts';

interface Held {
  readonly identity: Identity;
  readonly credentials: HostCredentials;
}

export interface TrustKeeperOptions {
  readonly store: Store;
  /** Of the wall: hosts go by their own. One that is set, or stood still with its machine, must be followed at once. */
  readonly clock: Clock;
  readonly authority: CertificateAuthority;
  readonly events: EventLog;
}

const ID_DIGITS = 16;
/** Nobody tells that a clock was set. */
const LOOK_AT_CLOCK_MS = 60_000;
/** A root that was made is looked at in the next step, and so on. */
const MOST_STEPS = 8;

export class TrustKeeper {
  readonly #options: TrustKeeperOptions;
  readonly #roots = new Map<RootId, StoredRoot>();
  readonly #held = new Map<HostId, Held>();
  #state: TrustState = NO_TRUST;
  #told: string | null = null;

  constructor(options: TrustKeeperOptions) {
    this.#options = options;
  }

  get identities(): ReadonlyMap<HostId, Identity> {
    return new Map([...this.#held].map(([host, { identity }]) => [host, identity]));
  }

  credentials(host: HostId, id: string): HostCredentials | null {
    const held = this.#held.get(host);
    return held?.identity.id === id ? held.credentials : null;
  }

  /** A Problem where the store cannot be read. */
  async load(): Promise<Problem | null> {
    for (const row of await this.#options.store.list(rowKey.trust)) {
      const state = decodeTrust(row);
      if (!state.ok) return state.error;
      // What was tried has not reached any host: the keys were in the memory of the process before.
      this.#state = { ...state.value, hosts: state.value.hosts.map((host) => ({ ...host, tried: null })) };
    }
    for (const row of await this.#options.store.list(rowKey.roots)) {
      const root = this.#options.authority.read(row.value);
      if (!root.ok) return root.error;
      this.#roots.set(root.value.id, root.value);
    }
    return null;
  }

  /**
   * Brings what the hosts hold nearer to what they should; whether anything is new for them, and in how long to step
   * again: null where there are none.
   */
  async step(
    hosts: readonly SeenHost[],
  ): Promise<{ readonly hasChanged: boolean; readonly againInMs: number | null }> {
    const before = this.identities;
    const { clock } = this.#options;
    let wakeAt: Instant | null = null;
    for (let round = 0; round < MOST_STEPS && hosts.length > 0; round += 1) {
      const roots = [...this.#roots.values()];
      const taken = step(this.#state, { roots, hosts, replace: null }, clock.now());
      wakeAt = taken.wakeAt;
      if (!(await this.#save(taken.next))) break;
      for (const action of taken.actions) await this.#play(action);
      if (!taken.actions.some(({ kind }) => kind !== 'equip')) break;
    }
    const hasChanged = [...this.identities].some(([host, { id }]) => before.get(host)?.id !== id);
    const dueInMs = wakeAt === null ? LOOK_AT_CLOCK_MS : Math.max(0, wakeAt - clock.now());
    return { hasChanged, againInMs: hosts.length === 0 ? null : Math.min(dueInMs, LOOK_AT_CLOCK_MS) };
  }

  async #save(next: TrustState): Promise<boolean> {
    if (isSameJson(next, this.#state)) return true;
    const written = await this.#options.store.write([put(rowKey.trust, next)]);
    if (written.ok) this.#state = next;
    return written.ok;
  }

  async #play(action: TrustAction): Promise<void> {
    const { authority, store, clock } = this.#options;
    switch (action.kind) {
      case 'create-root': {
        const root = await authority.createRoot(clock.now());
        const written = await store.write([put(rowKey.root(root.id), root)]);
        if (written.ok) this.#roots.set(root.id, root);
        return;
      }
      case 'forget-root': {
        const written = await store.write([{ kind: 'delete', key: rowKey.root(action.root) }]);
        if (written.ok) this.#roots.delete(action.root);
        return;
      }
      case 'equip':
        return this.#equip(action);
      default:
        return action satisfies never;
    }
  }

  async #equip({ host, by, trusts, issuedAt }: TrustAction & { readonly kind: 'equip' }): Promise<void> {
    const root = this.#roots.get(by);
    invariant(root !== undefined, `root ${by} signs, and is in the store`);
    const issued = await this.#options.authority.issue(root, host, issuedAt);
    if (!issued.ok) {
      this.#tell(host, issued.error);
      return;
    }
    const { certificate, key, validity } = issued.value;
    const roots = trusts.flatMap((id) => this.#roots.get(id)?.certificate ?? []).join('');
    const id = sha256(`${certificate}${roots}`).slice(0, ID_DIGITS);
    this.#held.set(host, {
      identity: { id, by, trusts, ...validity },
      credentials: { certificate: new Sealed(`${certificate}${key.open()}`), roots: new Sealed(roots) },
    });
    this.#told = null;
  }

  /** Once, and not at each try. */
  #tell(host: HostId, found: Problem): void {
    const message = formatProblem(found);
    if (this.#told === message) return;
    this.#told = message;
    this.#options.events.emit({ kind: 'internal', level: 'error', host, message });
  }
}
