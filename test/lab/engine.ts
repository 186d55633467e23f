// The Docker engine of a host: a dockerd with its defaults (socket, data root, run directory), which the host's
// mount namespace makes its own. overlay2 is demanded by name: dockerd would fall back to vfs in silence.

import { join } from 'node:path';
import Docker from 'dockerode';
import { CGROUP_PARENT } from './clear-away.ts';
import { Daemon } from './daemon.ts';
import type { Machine } from './machine.ts';

export interface EngineSpec {
  readonly machine: Machine;
  readonly directory: string;
  /** The socket as the test process sees it. */
  readonly socketPath: string;
  /** Addresses or a /24 of registries that speak plain HTTP. */
  readonly insecureRegistries: readonly string[];
  readonly extraArgs: readonly string[];
}

export interface Engine {
  readonly daemon: Daemon;
  readonly docker: Docker;
}

export function prepareEngine(spec: EngineSpec): Engine {
  const docker = new Docker({ socketPath: spec.socketPath });
  const { labId, name } = spec.machine.spec;
  const daemon = new Daemon(spec.machine, {
    name: 'dockerd',
    command: 'dockerd',
    args: [
      '--host=unix:///var/run/docker.sock',
      '--storage-driver=overlay2',
      // Works without systemd, and under it as well.
      '--exec-opt=native.cgroupdriver=cgroupfs',
      `--cgroup-parent=/${CGROUP_PARENT}/${labId}/${name}`,
      ...spec.insecureRegistries.map((registry) => `--insecure-registry=${registry}`),
      ...spec.extraArgs,
    ],
    logPath: join(spec.directory, 'dockerd.log'),
    reach: 'process',
    isReady: async () => {
      await docker.ping();
      return true;
    },
  });
  return { daemon, docker };
}
