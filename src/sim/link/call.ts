// How the calls of the port are made: one request, or several under one deadline. While there is no
// connection every call fails at once; a dead process gets no answer at all.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import type { CallOptions } from '../../ports/host.ts';
import type { Answer } from '../engine/answer.ts';
import { reachesController } from './conditions.ts';
import type { Connection } from './connection.ts';
import { type CallContext, Pending, PendingRequest, refusedWith } from './pending.ts';
import type { Session } from './session.ts';
import type { WireRequest } from './transit.ts';

/** Sends one request of a call and waits for its answer; a refusal rejects. */
export type Ask = <T>(request: WireRequest<T>) => Promise<T>;

/** The requests of a call; `hears` tells whether something that is told now reaches the caller. */
export type CallWork<T> = (ask: Ask, hears: () => boolean) => Promise<T>;

/** `attempt` begins the sentence of a failure. */
export interface Caller {
  one<T>(attempt: string, how: CallOptions, request: WireRequest<T>): Promise<T>;
  several<T>(attempt: string, how: CallOptions, work: CallWork<T>): Promise<T>;
  /** A call of another kind: `make` makes it, `first` does what it begins with. */
  begin<T, P extends Pending<T>>(
    how: CallOptions,
    make: (session: Session) => P,
    first: (pending: P) => void,
  ): Promise<T>;
}

/** `engine/not-found` and the like, as a question about a caught error. */
export const failedWith = (error: unknown, code: Problem['code']): boolean =>
  error instanceof PlimsollError && error.problem.code === code;

/** What a dead process gets: another one each time, so that nothing gathers behind it. */
export const never = (): Promise<never> => new Promise(() => {});

export function createCaller(connection: Connection, context: CallContext): Caller {
  const begin: Caller['begin'] = (how, make, first) => {
    if (context.wire.isDead) return never();
    const session = connection.current;
    if (session === null) return Promise.reject(new PlimsollError(connection.whyNone));
    const pending = make(session);
    if (how.signal?.aborted === true) {
      const reason = problem('host/cancelled', `${pending.attempt}: cancelled`);
      return Promise.reject(new PlimsollError(reason));
    }
    pending.begin(how);
    first(pending);
    return pending.promise;
  };
  return {
    begin,
    one: <T>(attempt: string, how: CallOptions, request: WireRequest<T>) =>
      begin<T, PendingRequest<T>>(
        how,
        (session) => new PendingRequest(context, session, attempt),
        (pending) => pending.send(request, pending),
      ),
    several: <T>(attempt: string, how: CallOptions, work: CallWork<T>) =>
      begin<T, Pending<T>>(
        how,
        (session) => new Pending(context, session, attempt),
        (pending) => playWork(pending, work),
      ),
  };
}

function playWork<T>(pending: Pending<T>, work: CallWork<T>): void {
  const { wire } = pending.context;
  const ask: Ask = (request) => askOf(pending, request);
  const hears = (): boolean => pending.isWaiting && !wire.isDead && reachesController(wire.conditions.way);
  work(ask, hears).then(
    (value) => pending.resolve(value),
    (error: unknown) => pending.reject(error),
  );
}

function askOf<T, C>(pending: Pending<C>, request: WireRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const take = (answer: Answer<T>): void => {
      if (answer.ok) resolve(answer.value);
      else reject(refusedWith(pending.attempt, answer.error));
    };
    const recipient = {
      take,
      get isConnected() {
        return pending.isConnected;
      },
      get isWaiting() {
        return pending.isWaiting;
      },
    };
    pending.send(request, recipient);
  });
}
