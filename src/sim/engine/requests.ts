// The door of the daemon: requests that it has taken and not answered yet. They hang with it, and end with
// it.

import { type Reply, refuse } from './answer.ts';
import type { Machine } from './machine.ts';

/** What a request does; a function that it returns ends it when its client has gone. */
export type RequestWork<T> = (reply: Reply<T>) => (() => void) | undefined;

/** A request under way; both functions may be called any time. */
interface OpenRequest {
  hangUp(): void;
  cancel(): void;
}

const engineGone = (because: string) =>
  refuse('host/no-engine', `the Docker engine cannot be reached: ${because}`);

export class Requests {
  readonly #machine: Machine;
  readonly #open = new Set<OpenRequest>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Hands a request to the daemon, which does it at once, or when it is continued. The returned function
   * tells that the client has gone. Without power there is no answer.
   */
  receive<T>(work: RequestWork<T>, reply: Reply<T>): () => void {
    const { isPowered, daemon } = this.#machine;
    if (!isPowered) return () => {};
    if (daemon === 'down') {
      reply(engineGone('nothing answers at /var/run/docker.sock'));
      return () => {};
    }
    let isOver = false;
    let cancelWork: (() => void) | undefined;
    const close = (): boolean => {
      if (isOver) return false;
      isOver = true;
      return this.#open.delete(request);
    };
    const request: OpenRequest = {
      hangUp: () => {
        request.cancel();
        reply(engineGone('it closed the connection'));
      },
      cancel: () => {
        if (close()) cancelWork?.();
      },
    };
    this.#open.add(request);
    this.#machine.whenUp(() => {
      // What a client asked before it went is done all the same, if it does not take its time.
      cancelWork = work((answer) => {
        if (close()) reply(answer);
      });
      if (isOver) cancelWork?.();
    });
    return () => request.cancel();
  }

  /** The daemon has ended: every client sees its connection close. */
  hangUpAll(): void {
    for (const request of [...this.#open]) request.hangUp();
  }

  /** The power is off: nobody sees anything. */
  dropAll(): void {
    for (const request of [...this.#open]) request.cancel();
  }
}
