// One open connection to one engine, from the negotiation of the API version to its end.

import { PlimsollError, type Problem, toProblem } from '../../kernel/errors.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { CallOptions } from '../../ports/host.ts';
import { negotiateApiVersion } from './api-version.ts';
import { type Call, CallsUnderWay } from './calls.ts';
import { type Engine, type EngineClient, engineClient } from './engine.ts';
import { InfoAnswer, VersionAnswer } from './engine-answers.ts';
import type { EventPosition } from './events.ts';
import type { OpeningOptions, Transport } from './transport.ts';

export interface Session {
  readonly engine: EngineInfo;
  readonly transport: Transport;
  /** From where on an event stream tells the events. */
  readonly eventsFrom: EventPosition;
  /** A call with a deadline. `attempt` begins the sentence of its failure. */
  call<T>(attempt: string, options: CallOptions, work: (engine: Engine) => Promise<T>): Promise<T>;
  /** A call that keeps its own deadline; ends with `signal` or the session at the latest. */
  follow<T>(
    attempt: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** A stream without a deadline: ends with `signal`; throws with the session, or where it breaks. */
  stream<T>(
    attempt: string,
    signal: AbortSignal,
    produce: (engine: Engine) => AsyncGenerator<T>,
  ): AsyncGenerator<T>;
  /** The problem behind an error that broke a connection to the engine. */
  explain(attempt: string, error: unknown): Promise<PlimsollError>;
  /** Ends it: everything under way rejects with `reason` at once. */
  end(reason: Problem): void;
}

/** `engine/not-found` and the like, as a question about a caught error. */
export const failedWith = (error: unknown, code: Problem['code']): boolean =>
  error instanceof PlimsollError && error.problem.code === code;

/** A connection that broke: the transport knows more about it than the error does. */
async function explainBy(transport: Transport, attempt: string, error: unknown): Promise<PlimsollError> {
  if (error instanceof PlimsollError) return error;
  const isOfConnection = error instanceof Error && ('code' in error || error.name === 'AbortError');
  if (!isOfConnection) return new PlimsollError(toProblem(error), error);
  const reason = await transport.explainHangUp(error);
  return new PlimsollError({ ...reason, message: `${attempt}: ${reason.message}` }, error);
}

async function* streamOf<T>(
  call: Call,
  produce: (signal: AbortSignal) => AsyncGenerator<T>,
  callerSignal: AbortSignal,
  explain: (error: unknown) => Promise<PlimsollError>,
): AsyncGenerator<T> {
  try {
    if (call.reason() !== null) await call.ended;
    yield* produce(call.signal);
  } catch (error) {
    if (callerSignal.aborted) return;
    const reason = call.reason();
    throw reason === null ? await explain(error) : new PlimsollError(reason, error);
  } finally {
    call.done();
  }
}

async function greet(client: EngineClient, signal: AbortSignal, where: string) {
  const attempt = `cannot ask ${where} for its version`;
  const first = client.at(signal, null);
  const version = await first.read({ method: 'GET', path: '/version', attempt }, VersionAnswer);
  const negotiated = negotiateApiVersion(where, {
    newest: version.ApiVersion,
    oldest: version.MinAPIVersion,
  });
  if (!negotiated.ok) throw new PlimsollError(negotiated.error);
  const engine = client.at(signal, negotiated.value);
  const info = await engine.read({ method: 'GET', path: '/info', attempt }, InfoAnswer);
  return { version, info, apiVersion: negotiated.value };
}

/**
 * Opens a transport and greets the engine behind it. Rejects with a PlimsollError within the deadline,
 * leaving nothing open.
 */
export async function openSession(
  openTransport: (options: OpeningOptions) => Promise<Transport>,
  options: CallOptions,
): Promise<Session> {
  const startedAt = performance.now();
  const transport = await openTransport(options);
  const client = engineClient(transport);
  const calls = new CallsUnderWay(transport.where);
  let over: Problem | null = null;
  const end = (reason: Problem): void => {
    if (over !== null) return;
    over = reason;
    calls.endAll(reason);
    client.close();
    transport.close();
  };
  transport.onLost(end);
  const run = <T>(what: string, how: CallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    calls.run(what, how, async (signal) => {
      try {
        return await work(signal);
      } catch (error) {
        throw await explainBy(transport, what, error);
      }
    });
  try {
    const deadlineMs = Math.max(1, options.deadlineMs - (performance.now() - startedAt));
    const attempt = `cannot ask ${transport.where} for its version`;
    const { version, info, apiVersion } = await run(attempt, { ...options, deadlineMs }, (signal) =>
      greet(client, signal, transport.where),
    );
    const engineTimeMs = Date.parse(info.SystemTime ?? '');
    return {
      transport,
      engine: {
        id: info.ID,
        version: version.Version,
        apiVersion,
        os: version.Os,
        architecture: version.Arch,
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        liveRestore: info.LiveRestoreEnabled,
      },
      eventsFrom: { ms: Number.isNaN(engineTimeMs) ? null : engineTimeMs },
      call: (what, how, work) => run(what, how, (signal) => work(client.at(signal, apiVersion))),
      follow: (what, signal, work) => calls.follow(what, signal, work),
      stream: (what, signal, produce) =>
        streamOf(
          calls.begin(what, signal),
          (inner) => produce(client.at(inner, apiVersion)),
          signal,
          (error) => explainBy(transport, what, error),
        ),
      explain: (what, error) => explainBy(transport, what, error),
      end,
    };
  } catch (error) {
    client.close();
    transport.close();
    throw error;
  }
}
