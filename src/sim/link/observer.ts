// What a world is told about a link: every effect on its way to a host and back, for counts, for transcripts
// and for crashes at exactly one of these points; and every fault that really struck.

import type { ErrorCode } from '../../kernel/errors.ts';
import type { HostId } from '../../kernel/ids.ts';
import type { Instant } from '../../kernel/time.ts';
import type { EngineEvent } from '../../observed/report.ts';

/** Changing requests to an engine; some calls of the port consist of several. */
export const EFFECT_KINDS = [
  'pullImage',
  'createNetwork',
  'removeNetwork',
  'connectNetwork',
  'disconnectNetwork',
  'createVolume',
  'removeVolume',
  'createFiller',
  'putArchive',
  'removeFiller',
  'createContainer',
  'startContainer',
  'restartContainer',
  'stopContainer',
  'removeContainer',
  'updateContainer',
  'tellBalancer',
  'removeImage',
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

export interface Effect {
  readonly kind: EffectKind;
  readonly host: HostId;
  /** Name of the container, network or volume, reference of the image. */
  readonly object: string;
  /** When it was issued, on the controller's clock. */
  readonly at: Instant;
  /** Counts the effects of the link from 0. */
  readonly number: number;
}

export type EffectOutcome = 'ok' | ErrorCode;

export type LinkFault =
  | 'requestLost'
  | 'requestStalled'
  | 'requestDoubled'
  | 'answerLost'
  | 'answerLate'
  | 'answerStalled'
  | 'readStale'
  | 'eventLost'
  | 'eventStalled'
  | 'connectFailed'
  | 'connectionLost'
  | 'timeout';

/**
 * What a process asks that changes nothing; `connect` opens a connection (its object is the link), `look` is a lookup
 * in a registry, `read` takes a content from the local copy of a repository.
 */
export type QuestionKind = 'connect' | 'report' | 'inspect' | 'list' | 'probe' | 'fetch' | 'read' | 'look';

export interface Question {
  readonly kind: QuestionKind;
  /** The host, or what else is asked. */
  readonly at: string;
  /** What it is about: a container, a list, an address. */
  readonly object: string;
}

export interface LinkObserver {
  /** When a question is asked, whatever becomes of it. */
  asked?(question: Question): void;
  /** When whoever looks at the host has the answer to this very question; never where it fails. */
  learnt?(question: Question): void;
  /** A connection has been opened. */
  connected?(host: HostId): void;
  /** An event is handed to whoever follows them. */
  heard?(host: HostId, event: EngineEvent): void;
  /** Before anything is sent; after `crash` it is not, and the call never settles. */
  issued(effect: Effect): 'go' | 'crash';
  /** The engine has done or refused it; the answer is not on its way yet. Twice for a doubled request. */
  landed(effect: Effect, outcome: EffectOutcome): void;
  /** The answer is there; the call settles after this, unless its process dies of it. */
  answered(effect: Effect, outcome: EffectOutcome): void;
  fault(fault: LinkFault): void;
}

export const UNOBSERVED: LinkObserver = {
  issued: () => 'go',
  landed: () => {},
  answered: () => {},
  fault: () => {},
};
