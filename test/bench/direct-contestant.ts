// The floor: the same creates, starts and stops, sent straight to the engines' sockets as fast as the same
// limits allow. It observes nothing, remembers nothing and checks nothing.

import pLimit from 'p-limit';
import { type CreateCall, createCalls, networkCall } from './container-bodies.ts';
import type { Begin, Contestant } from './contestant.ts';
import type { BenchFleet, BenchHost } from './fleet.ts';

interface Started {
  readonly host: BenchHost;
  readonly id: string;
}

async function create({ engine }: BenchHost, call: CreateCall): Promise<string> {
  const answer = await engine.send('POST', `/containers/create?name=${call.name}`, call.body);
  if (typeof answer !== 'object' || answer === null || !('Id' in answer)) throw new Error('no id');
  return String(answer.Id);
}

async function run(host: BenchHost, call: CreateCall): Promise<Started> {
  const id = await create(host, call);
  await host.engine.send('POST', `/containers/${id}/start`);
  return { host, id };
}

export class DirectContestant implements Contestant {
  readonly name = 'direct calls';
  readonly #fleet: BenchFleet;
  readonly #perHost: number;
  #started: readonly Started[] = [];

  constructor(fleet: BenchFleet, perHost: number) {
    this.#fleet = fleet;
    this.#perHost = perHost;
  }

  async open(): Promise<void> {
    this.#started = [];
  }

  async deployment(image: string, replicas: number): Promise<Begin> {
    const calls = createCalls(image, replicas);
    const { hosts } = this.#fleet;
    return async () => {
      const started = await Promise.all(
        hosts.map(async (host, at) => {
          await host.engine.send('POST', '/networks/create', networkCall());
          const lane = pLimit(this.#perHost);
          const own = calls.filter((_, ordinal) => ordinal % hosts.length === at);
          return Promise.all(own.map((call) => lane(() => run(host, call))));
        }),
      );
      this.#started = started.flat();
    };
  }

  async update(image: string, parallel: number): Promise<Begin> {
    const calls = createCalls(image, this.#started.length);
    // Neighbours in the list are on different hosts, as a scheduler would have it.
    const perHost = this.#fleet.hosts.map((host) => this.#started.filter((s) => s.host === host));
    const old = Array.from({ length: this.#started.length }, (_, at) => perHost.map((own) => own[at]))
      .flat()
      .filter((s) => s !== undefined);
    const lane = pLimit(parallel);
    return async () => {
      await Promise.all(
        old.map(({ host, id }, at) =>
          lane(async () => {
            const call = calls[at];
            if (call !== undefined) await run(host, call);
            await host.engine.send('POST', `/containers/${id}/stop?t=10`);
          }),
        ),
      );
    };
  }

  close(): Promise<void> {
    return this.#fleet.clear();
  }
}
