// The plainest container request there is; tests name only what differs from it.

import type { ContainerSpec } from '../../../src/desired/container.ts';
import type { CreateContainer } from '../../../src/ports/host.ts';

const PLAIN: ContainerSpec = {
  image: 'docker.io/library/nginx:1.27',
  pullPolicy: 'missing',
  platform: null,
  entrypoint: null,
  command: null,
  environment: {},
  workingDir: null,
  user: null,
  groupAdd: [],
  hostname: null,
  labels: {},
  ports: [],
  expose: [],
  mounts: [],
  healthcheck: null,
  stopSignal: null,
  stopGraceMs: 10_000,
  init: false,
  tty: false,
  stdinOpen: false,
  readOnly: false,
  privileged: false,
  capAdd: [],
  capDrop: [],
  securityOpt: [],
  networkMode: 'bridge',
  pidMode: 'private',
  ipcMode: 'private',
  devices: [],
  ulimits: [],
  sysctls: {},
  extraHosts: [],
  dns: [],
  dnsSearch: [],
  logging: { driver: 'json-file', options: {} },
  shmSizeBytes: null,
  oomScoreAdj: null,
  limits: { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null },
  restart: 'no',
};

export function aContainer(
  spec: Partial<ContainerSpec> = {},
  request: Partial<Omit<CreateContainer, 'spec'>> = {},
): CreateContainer {
  return {
    name: 'shop.api.0',
    labels: {},
    image: 'nginx@sha256:1',
    hostPorts: [],
    network: null,
    volumes: [],
    ...request,
    spec: { ...PLAIN, ...spec },
  };
}
