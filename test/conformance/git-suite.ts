// One contract, several carriers: what the GitRemote port promises, tested against repositories that the
// git binary made and real servers serve, and what belongs to the real adapter alone: its worker, its copy
// on disk, its limits, and trees that git itself would not write.

import { afterAll, beforeAll, describe } from 'vitest';
import { SourceId } from '../../src/kernel/ids.ts';
import type { GitRemote } from '../../src/ports/git.ts';
import type { LabRepository } from '../lab/git-repository.ts';
import type { GitBench } from './git-bench.ts';
import { gitContract } from './git-contract.ts';
import { faultCases } from './git-faults.ts';
import { scaleCases } from './git-scale.ts';
import { type GitService, Remotes } from './git-service.ts';
import { treeCases } from './git-trees.ts';

/** Where a case gets its repositories and opens its remotes. */
export interface Bench extends GitBench<LabRepository> {
  readonly service: () => GitService;
  readonly remotes: () => Remotes;
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

    const opened = new Map<GitRemote, () => GitRemote>();
    const bench: Bench = {
      service: () => present(service),
      remotes: () => present(remotes),
      repository() {
        count += 1;
        return present(service).create(`repository-${count}`);
      },
      open(repository, options) {
        const id = SourceId.parse(`opened-${opened.size}`);
        const again = () => present(remotes).open(present(service).access(repository), { id, ...options });
        const remote = again();
        opened.set(remote, again);
        return remote;
      },
      reopen: (remote) => present(opened.get(remote) ?? null)(),
      server: () => present(service).server,
    };
    gitContract(bench, name !== 'file');
    scaleCases(bench);
    treeCases(bench, name);
    faultCases(bench, name);
  });
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('used before the suite has begun');
  return value;
}
