// The simulated repository keeps the same contract as real ones behind real servers.

import { describe } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { fullRefName } from '../../src/adapters/git/ref.ts';
import { problem } from '../../src/kernel/errors.ts';
import { CommitSha } from '../../src/kernel/ids.ts';
import type { GitRemote } from '../../src/ports/git.ts';
import { SimRemote, type SimRemoteOptions } from '../../src/sim/git/sim-remote.ts';
import { SimRepository } from '../../src/sim/git/sim-repository.ts';
import { type GitBench, must, type OpenOptions, type ScriptedRepository } from '../conformance/git-bench.ts';
import { gitContract } from '../conformance/git-contract.ts';

class Scripted implements ScriptedRepository {
  readonly simulated = new SimRepository(systemClock);

  commit: ScriptedRepository['commit'] = async (changes, message = 'a change', branch = 'main') =>
    this.simulated.commit(changes, message, `refs/heads/${branch}`);

  commitLink: ScriptedRepository['commitLink'] = async (path, target) =>
    this.simulated.commitLink(path, target);

  merge: ScriptedRepository['merge'] = async (first, second) =>
    this.simulated.merge(CommitSha.parse(first), CommitSha.parse(second));

  forcePush: ScriptedRepository['forcePush'] = async (changes, onto) =>
    this.simulated.forcePush(changes, onto === undefined ? null : CommitSha.parse(onto));

  async moveBranch(commit: string): Promise<void> {
    this.simulated.moveBranch(CommitSha.parse(commit));
  }

  async deleteBranch(branch: string): Promise<void> {
    this.simulated.setRef(`refs/heads/${branch}`, null);
  }

  // An annotated tag is an object that only the real adapter has to see through.
  async tag(name: string, commit: string): Promise<void> {
    this.simulated.setRef(`refs/tags/${name}`, CommitSha.parse(commit));
  }

  async deleteTag(name: string): Promise<void> {
    this.simulated.setRef(`refs/tags/${name}`, null);
  }
}

function bench(): GitBench<Scripted> {
  const server = { isDown: false, isFrozen: false };
  const opened = new Map<GitRemote, SimRemoteOptions>();
  const open = (options: SimRemoteOptions): GitRemote => {
    const remote = new SimRemote(options);
    opened.set(remote, options);
    return remote;
  };
  return {
    repository: async () => new Scripted(),
    open: ({ simulated }, { ref = { kind: 'branch', name: 'main' }, path = '' }: OpenOptions = {}) =>
      open({
        repository: simulated,
        clock: systemClock,
        localCopy: new Set(),
        delayMs: () => (server.isFrozen ? Number.POSITIVE_INFINITY : 1),
        outage: () => (server.isDown ? problem('source/unreachable', 'connection refused') : null),
        isAlive: () => true,
        ref: must(fullRefName(ref)),
        path,
      }),
    reopen(remote) {
      const options = opened.get(remote);
      if (options === undefined) throw new Error('it was never opened');
      return open(options);
    },
    server: () => ({
      stop: async () => {
        server.isDown = true;
      },
      start: async () => {
        server.isDown = false;
      },
      freeze: () => {
        server.isFrozen = true;
      },
      thaw: () => {
        server.isFrozen = false;
      },
    }),
  };
}

describe('a simulated Git repository as a source', () => gitContract(bench(), true));
