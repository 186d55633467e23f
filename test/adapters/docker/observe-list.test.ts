// How lists are read, and when a listed container must be inspected again.

import { describe, expect, it } from 'vitest';
import { ListedContainer, ListedImage, ListedVolumes } from '../../../src/adapters/docker/engine-answers.ts';
import { isStillAsKnown, observeImage, observeVolume } from '../../../src/adapters/docker/observe-list.ts';
import { instant } from '../../../src/kernel/time.ts';
import type { ObservedContainer } from '../../../src/observed/report.ts';

const KNOWN: ObservedContainer = {
  id: 'c1',
  name: 'shop.api.0',
  labels: {},
  imageId: 'sha256:1',
  status: 'running',
  health: 'healthy',
  startedAt: instant(1),
  finishedAt: null,
  exitCode: null,
  outOfMemory: false,
  restartCount: 0,
  restartPolicy: 'unless-stopped',
  networks: { 'plimsoll.shop': { address: '172.18.0.2', aliases: ['api'] } },
  sharesNetworkOf: null,
  hostPorts: [{ port: 8080, protocol: 'tcp' }],
  volumes: [],
  limits: { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null },
};

const LISTED = {
  Id: 'c1',
  Names: ['/shop.api.0'],
  State: 'running',
  Status: 'Up 3 minutes (healthy)',
  Ports: [
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { PrivatePort: 443, Type: 'tcp' },
  ],
  NetworkSettings: { Networks: { 'plimsoll.shop': { IPAddress: '172.18.0.2', EndpointID: '8a17a04d' } } },
};

const isStill = (listed: object, known: object = {}): boolean =>
  isStillAsKnown(ListedContainer.parse({ ...LISTED, ...listed }), { ...KNOWN, ...known });

const EXITED = { status: 'exited', exitCode: 1, hostPorts: [{ port: 8080, protocol: 'tcp' }] };
const LISTED_EXITED = {
  State: 'exited',
  Status: 'Exited (1) 2 minutes ago',
  Ports: [],
  NetworkSettings: { Networks: { 'plimsoll.shop': { IPAddress: '' } } },
};

describe('needs no inspection', () => {
  it.each([
    ['the same', {}, {}],
    ['only time has passed', { Status: 'Up 2 hours (healthy)' }, {}],
    ['no health check', { Status: 'Up 2 hours' }, { health: 'none' }],
    ['linked under further names', { Names: ['/other/api', '/shop.api.0'] }, {}],
    ['exited as before', LISTED_EXITED, EXITED],
    [
      'refused a further network',
      {
        NetworkSettings: {
          Networks: {
            'plimsoll.shop': { IPAddress: '172.18.0.2', EndpointID: '1' },
            other: { IPAddress: '', EndpointID: '' },
          },
        },
      },
      {},
    ],
    [
      'in the network of another container',
      { NetworkSettings: { Networks: {} } },
      { networks: {}, sharesNetworkOf: 'holder' },
    ],
    ['paused as before', { State: 'paused', Status: 'Up 2 hours (Paused)' }, { status: 'paused' }],
  ])('%s', (_, listed, known) => {
    expect(isStill(listed, known)).toBe(true);
  });
});

describe('must be inspected', () => {
  it.each([
    ['stopped meanwhile', { ...LISTED_EXITED }, {}],
    ['started meanwhile', {}, EXITED],
    ['unhealthy now', { Status: 'Up 3 minutes (unhealthy)' }, {}],
    ['starting again', { Status: 'Up 1 second (health: starting)' }, {}],
    ['another exit code', { ...LISTED_EXITED, Status: 'Exited (137) 1 second ago' }, EXITED],
    ['renamed', { Names: ['/other'] }, {}],
    ['disconnected from its network', { NetworkSettings: { Networks: {} } }, {}],
    [
      'another network',
      { NetworkSettings: { Networks: { other: { IPAddress: '172.18.0.2', EndpointID: '1' } } } },
      {},
    ],
    [
      'a further network',
      {
        NetworkSettings: {
          Networks: {
            'plimsoll.shop': { IPAddress: '172.18.0.2', EndpointID: '1' },
            other: { IPAddress: '172.19.0.2', EndpointID: '2' },
          },
        },
      },
      {},
    ],
    [
      'another address',
      { NetworkSettings: { Networks: { 'plimsoll.shop': { IPAddress: '172.18.0.9', EndpointID: '1' } } } },
      {},
    ],
    ['another host port', { Ports: [{ PrivatePort: 80, PublicPort: 8081, Type: 'tcp' }] }, {}],
    ['another protocol', { Ports: [{ PrivatePort: 80, PublicPort: 8080, Type: 'udp' }] }, {}],
  ])('%s', (_, listed, known) => {
    expect(isStill(listed, known)).toBe(false);
  });
});

it('reads images by their full names', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const image = ListedImage.parse({
    Id: 'sha256:1',
    RepoTags: ['nginx:1.27', 'ghcr.io/acme/api:v1', '<none>:<none>'],
    RepoDigests: [`nginx@${digest}`, '<none>@<none>'],
    Created: 1577836800,
    Size: 1984213,
  });
  expect(observeImage(image)).toEqual({
    id: 'sha256:1',
    tags: ['docker.io/library/nginx:1.27', 'ghcr.io/acme/api:v1'],
    digests: [`docker.io/library/nginx@${digest}`],
    createdAt: 1577836800000,
    sizeBytes: 1984213,
  });
});

it('takes null for images without names and for no volumes at all', () => {
  const bare = { Id: 'sha256:1', RepoTags: null, RepoDigests: null, Created: 0, Size: 1 };
  expect(observeImage(ListedImage.parse(bare))).toMatchObject({ tags: [], digests: [] });
  expect(ListedVolumes.parse({ Volumes: null, Warnings: null }).Volumes).toEqual([]);
});

it('reads volumes', () => {
  const { Volumes } = ListedVolumes.parse({ Volumes: [{ Name: 'v1', Labels: null, Driver: 'local' }] });
  expect(Volumes.map(observeVolume)).toEqual([{ name: 'v1', labels: {} }]);
});
