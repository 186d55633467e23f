// A client of the shop that never rests: asks every web server for the page's content, over and over, and
// counts what it got. It shows whether a rollout was felt outside.

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const ANSWER_MS = 5_000;
const PAUSE_MS = 50;

const ShopAnswer = z.object({
  version: z.string(),
  container: z.string(),
  api: z.object({ version: z.string(), container: z.string() }).nullable(),
});
type ShopAnswer = z.output<typeof ShopAnswer>;

/** Null where nobody answers in time, or not with success. */
function askShop(port: number): Promise<ShopAnswer | null> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/shop.json', agent: false, timeout: ANSWER_MS };
    const asking = request(options, (response) => {
      text(response).then(
        (body) => resolve(response.statusCode === 200 ? ShopAnswer.parse(JSON.parse(body)) : null),
        () => resolve(null),
      );
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(null));
    asking.end();
  });
}

export interface Shopping {
  readonly requests: number;
  /** The page did not come, or came without an answer of the api in it. */
  readonly failures: number;
  /** Versions of the api that answered, in the order of their first answer. */
  readonly apiVersions: readonly string[];
}

export class Shopper {
  readonly #ports: readonly number[];
  readonly #running: Promise<void>;
  #isStopped = false;
  #requests = 0;
  #failures = 0;
  readonly #versions = new Set<string>();

  /** Begins at once. */
  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#running = this.#run();
  }

  async stop(): Promise<Shopping> {
    this.#isStopped = true;
    await this.#running;
    return { requests: this.#requests, failures: this.#failures, apiVersions: [...this.#versions] };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      for (const answer of await Promise.all(this.#ports.map(askShop))) {
        this.#requests += 1;
        if (answer === null || answer.api === null) this.#failures += 1;
        else this.#versions.add(answer.api.version);
      }
      await sleep(PAUSE_MS);
    }
  }
}
