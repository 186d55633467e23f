// One contract, several carriers: what the GitRemote port promises, tested against repositories that the
// git binary made and real servers serve.

import { afterAll, beforeAll, describe } from 'vitest';
import type { LabRepository } from '../lab/git-repository.ts';
import { faultCases } from './git-faults.ts';
import { historyCases } from './git-history.ts';
import { type GitService, Remotes } from './git-service.ts';
import { treeCases } from './git-trees.ts';

/** Where a case gets its repositories and opens its remotes. */
export interface Bench {
  readonly service: () => GitService;
  readonly remotes: () => Remotes;
  repository(): Promise<LabRepository>;
}

export function gitConformance(name: string, serve: () => Promise<GitService> | GitService): void {
  describe(`a Git repository as a source, over ${name}`, () => {
    let service: GitService | null = null;
    let remotes: Remotes | null = null;
    let count = 0;

    beforeAll(async () => {
      service = await serve();
      remotes = new Remotes();
    });
    afterAll(async () => {
      await remotes?.close();
      await service?.close();
    });

    const bench: Bench = {
      service: () => present(service),
      remotes: () => present(remotes),
      repository() {
        count += 1;
        return present(service).create(`repository-${count}`);
      },
    };
    historyCases(bench);
    treeCases(bench, name);
    faultCases(bench, name);
  });
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('used before the suite has begun');
  return value;
}
