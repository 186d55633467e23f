// What the loop found out by asking: digests, probes, failures of actions. Facts are dated and may be
// absent; whoever needs one that is absent asks for it and waits.

import type { RequestCounts } from '../analysis/measurement.ts';
import type { ImageIdentity } from '../desired/revision.ts';
import { type ErrorCode, type Problem, retryClass } from '../kernel/errors.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

/** The last failure of an action, by the action's key; gone once the action succeeds. */
export interface ActionFailure {
  readonly problem: Problem;
  readonly count: number;
  readonly at: Instant;
  /** When it may be tried again; null: not by itself. */
  readonly retryAt: Instant | null;
}

/** Verdicts of the probes of one container so far; probes that a service lacks count as passed. */
export interface ProbeVerdict {
  readonly startup: 'pending' | 'passed' | 'failed';
  /** Null: it has not been asked often enough to know. */
  readonly ready: boolean | null;
  readonly alive: boolean;
  readonly because: string;
}

export interface ImageFact {
  readonly reference: string;
  readonly at: Instant;
  readonly outcome:
    | { readonly ok: true; readonly identity: ImageIdentity }
    | { readonly ok: false; readonly problem: Problem };
}

/** What load balancers counted of the requests to a new revision and to the stable one, between two looks at them. */
export interface MeasuredInterval {
  /** When they were looked at first, and last. */
  readonly since: Instant;
  readonly at: Instant;
  /** The run of the service that it was counted for. */
  readonly sequence: number;
  readonly canary: RequestCounts;
  readonly stable: RequestCounts;
  /** Hosts that are not in it, and why. */
  readonly gaps: readonly string[];
}

export interface Facts {
  readonly images: ReadonlyMap<ServiceKey, ImageFact>;
  /** By container id. */
  readonly probes: ReadonlyMap<string, ProbeVerdict>;
  readonly failures: ReadonlyMap<string, ActionFailure>;
  /** Keys of actions that are being played at this moment. */
  readonly inFlight: ReadonlySet<string>;
  /** Those of them that have not begun: whoever does not want them any more calls them off. */
  readonly waiting: ReadonlySet<string>;
  /** When starts ended without an answer, by the action's key: what was sent may happen all the same. */
  readonly unanswered: ReadonlyMap<string, Instant>;
  /** When stops were last sent, or may have been by a controller before this one, by the action's key. */
  readonly toldToStop: ReadonlyMap<string, Instant>;
  readonly measured: ReadonlyMap<ServiceKey, MeasuredInterval>;
}

/** A question that only the world outside can answer. */
export type Ask = { readonly kind: 'image'; readonly service: ServiceKey; readonly reference: string };

/**
 * What has to come before the service gets on.
 * nothing:  it is only told; the service gets on all the same.
 * repair:   a replica that runs is not as its revision says, and is put right where it is.
 * time:     it comes by itself: a back-off ends, a host answers again, a pull is done.
 * registry: the answer to what the newest commit's image stands for; before it nothing of that commit counts.
 * service:  another service, which it depends on.
 * fleet:    a place: on a host that is not seen there may be one; where all are seen, a person has to make it.
 * person:   somebody has to change something.
 * release:  it is held on purpose, until a person or another commit lets go of it.
 */
export type Need = 'nothing' | 'repair' | 'time' | 'registry' | 'service' | 'fleet' | 'person' | 'release';

export interface Blocked {
  readonly object: string;
  readonly because: string;
  readonly needs: Need;
}

/** Tried again all the same, yet what is missing is brought by a person alone. */
const BROUGHT_BY_A_PERSON: ReadonlySet<ErrorCode> = new Set(['image/not-found', 'engine/foreign']);

export const needOf = ({ code }: Problem): Need =>
  retryClass(code) === 'terminal' || BROUGHT_BY_A_PERSON.has(code) ? 'person' : 'time';
