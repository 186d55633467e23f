// Which session a host has at the moment, if any. Redialling is the caller's decision: while there is no
// session every use fails at once, with the reason for which the last one ended.

import { PlimsollError, type Problem, problem, toProblem } from '../../kernel/errors.ts';
import type { HostId } from '../../kernel/ids.ts';
import type { EngineInfo } from '../../observed/report.ts';
import type { CallOptions } from '../../ports/host.ts';
import { openSession, type Session } from './session.ts';
import type { OpeningOptions, Transport } from './transport.ts';

export class Connection {
  readonly #host: HostId;
  readonly #openTransport: (options: OpeningOptions) => Promise<Transport>;
  readonly #onLost: ((because: string) => void)[] = [];
  #session: Session | null = null;
  #whyNone: Problem;
  #opening: Promise<Session> | null = null;

  constructor(host: HostId, openTransport: (options: OpeningOptions) => Promise<Transport>) {
    this.#host = host;
    this.#openTransport = openTransport;
    this.#whyNone = problem('host/unreachable', `host ${host} is not connected`);
  }

  /** Opens a new session in place of the present one; who asks meanwhile gets the same. */
  async open(options: CallOptions): Promise<EngineInfo> {
    this.#opening ??= this.#replace(options).finally(() => {
      this.#opening = null;
    });
    return (await this.#opening).engine;
  }

  async #replace(options: CallOptions): Promise<Session> {
    this.#end(`host ${this.#host} is being connected again`);
    const session = await openSession(this.#openTransport, options).catch((error: unknown) => {
      this.#whyNone = problem('host/unreachable', toProblem(error).message);
      throw error;
    });
    this.#session = session;
    session.transport.onLost((reason) => {
      if (this.#session !== session) return;
      this.#session = null;
      this.#whyNone = reason;
      for (const callback of this.#onLost) callback(reason.message);
    });
    return session;
  }

  /** Rejects with host/unreachable where there is none. */
  session(): Session {
    if (this.#session === null) throw new PlimsollError(this.#whyNone);
    return this.#session;
  }

  onLost(callback: (because: string) => void): void {
    this.#onLost.push(callback);
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    this.#end(`the connection to host ${this.#host} was closed`);
  }

  #end(because: string): void {
    this.#whyNone = problem('host/unreachable', because);
    this.#session?.end(this.#whyNone);
    this.#session = null;
  }
}
