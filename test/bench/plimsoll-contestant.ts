// Plimsoll as it is used: a commit is in the repository, `sync` is called, the controller does the rest over
// SSH. It runs only during its own rounds, since its observers would cost the others time.

import type { LabRepository } from '../lab/git-repository.ts';
import type { Begin, Contestant } from './contestant.ts';
import { labHostManifests, serviceManifest } from './controller-files.ts';
import type { BenchFleet } from './fleet.ts';
import { RunningController } from './running-controller.ts';

const FILE = 'service.json';

export class PlimsollContestant implements Contestant {
  readonly name = 'Plimsoll';
  readonly #fleet: BenchFleet;
  readonly #repository: LabRepository;
  readonly #configPath: string;
  #running: RunningController | null = null;
  #replicas = 0;

  constructor(fleet: BenchFleet, repository: LabRepository) {
    this.#fleet = fleet;
    this.#repository = repository;
    this.#configPath = fleet.config('measured', { repositoryPath: repository.path });
  }

  async open(): Promise<void> {
    await this.#repository.commit({ ...labHostManifests(this.#fleet.lab.hosts), [FILE]: null });
    this.#running = await RunningController.start(this.#configPath);
  }

  async deployment(image: string, replicas: number): Promise<Begin> {
    this.#replicas = replicas;
    return this.#commit(serviceManifest('bench', image, replicas, { rollout: { minHealthy: '0s' } }));
  }

  async update(image: string, parallel: number): Promise<Begin> {
    const rollout = { minHealthy: '0s', maxSurge: parallel, maxUnavailable: 0 };
    return this.#commit(serviceManifest('bench', image, this.#replicas, { rollout }));
  }

  async #commit(manifest: string): Promise<Begin> {
    await this.#repository.commit({ [FILE]: manifest });
    return async () => {
      await this.#running?.sync();
      await this.#running?.converged();
    };
  }

  async close(): Promise<void> {
    await this.#repository.commit({ [FILE]: null });
    await this.#running?.sync();
    // What was stopped is kept for its logs; the fleet is cleared without waiting for that.
    await this.#fleet.clear();
    await this.#running?.converged();
    await this.#running?.stop();
    this.#running = null;
    await this.#fleet.clear();
  }
}
