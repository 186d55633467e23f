// What the engine's own words mean. The texts were recorded from Docker 20.10.24 in the lab, the ones
// marked with a version come from the sources of that version.

import { describe, expect, it } from 'vitest';
import { engineProblem } from '../../../src/adapters/docker/engine-problem.ts';
import type { ErrorCode } from '../../../src/kernel/errors.ts';

type Row = readonly [code: ErrorCode, status: number, message: string];

const CALLS: readonly Row[] = [
  ['engine/not-found', 404, 'No such container: nope'],
  ['engine/not-found', 404, 'network nonet not found'],
  ['engine/not-found', 404, 'get nope: no such volume'],
  ['image/not-found', 404, 'No such image: nope:1'],
  [
    'engine/conflict',
    409,
    'Conflict. The container name "/ka" is already in use by container "f90b6584". You have to remove (or rename) that container to be able to reuse that name.',
  ],
  [
    'engine/conflict',
    409,
    'You cannot remove a running container f90b6584. Stop the container before attempting removal or force remove',
  ],
  ['engine/conflict', 409, 'removal of container f90b6584 is already in progress'],
  ['engine/conflict', 409, 'network with name n1 already exists'],
  ['engine/conflict', 403, 'endpoint with name ka already exists in network n1'],
  ['engine/conflict', 403, 'Address already in use'],
  ['engine/conflict', 409, 'cannot join network of a non running container: 823715f5fd38'],
  [
    'engine/conflict',
    500,
    'Cannot restart container s1: cannot join network of a non running container: 823715f5fd38',
  ],
  ['engine/not-found', 500, 'Cannot restart container s1: No such container: 823715f5fd38'],
  [
    'engine/rejected',
    400,
    'user specified IP address is supported only when connecting to networks with user configured subnets',
  ],
  [
    'engine/rejected',
    500,
    "Invalid address 172.18.0.50: It does not belong to any of this network's subnets",
  ],
  ['engine/rejected', 400, 'conflicting options: hostname and the network mode'],
  ['engine/conflict', 403, 'error while removing network: network n1 id 9517 has active endpoints'],
  ['engine/conflict', 400, 'network n1 is ambiguous (2 matches found on name)'],
  ['engine/conflict', 409, 'remove v1: volume is in use - [477f3ebac6d6]'],
  ['engine/conflict', 409, 'Container 5b87 is not running'],
  [
    'engine/port-taken',
    500,
    'driver failed programming external connectivity on endpoint kc (41b2): Bind for 0.0.0.0:8080 failed: port is already allocated',
  ],
  [
    'engine/port-taken',
    500,
    'driver failed programming external connectivity on endpoint c22 (601e): Error starting userland proxy: listen tcp4 0.0.0.0:22: bind: address already in use',
  ],
  ['host/disk-full', 500, 'mkdir /var/lib/docker/overlay2/7b35: no space left on device'],
  [
    'host/disk-full',
    500,
    'failed to create shim task: OCI runtime create failed: write /run/x: no space left on device: unknown',
  ],
  [
    'engine/rejected',
    400,
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
  ],
  [
    'engine/rejected',
    500,
    'failed to create shim task: OCI runtime create failed: runc create failed: sysctl "kernel.nope" is not in a separate kernel namespace: unknown',
  ],
  ['engine/rejected', 500, 'unable to find user nouser: no matching entries in passwd file'],
  [
    'engine/rejected',
    500,
    'error gathering device information while adding custom device "/dev/nope": no such file or directory',
  ],
  ['engine/rejected', 400, 'Minimum memory limit allowed is 6MB'],
  ['engine/rejected', 400, 'invalid mount config for type "bind": bind source path does not exist: /nope/x'],
  ['engine/rejected', 400, 'error looking up logging plugin nolog: plugin "nolog" not found'],
  ['engine/rejected', 400, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
  ['engine/rejected', 403, 'operation is not permitted on predefined bridge network '],
  ['host/permission', 403, 'authorization denied by plugin opa: no'],
  ['host/api-version', 400, 'client version 1.99 is too new. Maximum supported API version is 1.41'],
  [
    'host/api-version',
    400,
    'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version',
  ],
  ['engine/failed', 500, 'failed to mount overlay: invalid argument'],
  ['engine/failed', 503, 'This node is not a swarm manager.'],
];

const PULLS: readonly Row[] = [
  [
    'image/not-found',
    404,
    'manifest for 10.0.0.2:5000/web:nope not found: manifest unknown: manifest unknown',
  ],
  ['image/not-found', 404, 'failed to resolve reference "r/x:1": r/x:1: not found'],
  ['image/not-found', 500, 'name unknown: repository name not known to registry'],
  ['image/not-found', 500, 'no matching manifest for linux/arm64/v8 in the manifest list entries'],
  ['image/not-found', 500, 'no match for platform in manifest: not found (containerd store, 28)'],
  ['image/auth', 500, 'Head "http://10.0.0.2:5001/v2/busybox/manifests/1": no basic auth credentials'],
  ['image/auth', 500, 'unauthorized: authentication required'],
  ['image/auth', 500, 'Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password'],
  [
    'image/auth',
    404,
    "pull access denied for acme/api, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  ],
  [
    'image/auth',
    500,
    'failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.docker.io/token: 401 Unauthorized',
  ],
  [
    'image/registry',
    500,
    'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.0.0.1:53: read udp 10.0.0.11:5182->10.0.0.1:53: i/o timeout',
  ],
  ['image/registry', 500, 'Get "http://10.0.0.2:9/v2/": dial tcp 10.0.0.2:9: connect: connection refused'],
  ['image/registry', 500, 'Get "https://10.0.0.2:5000/v2/": http: server gave HTTP response to HTTPS client'],
  ['image/registry', 500, 'Get "https://r/v2/": x509: certificate signed by unknown authority'],
  ['image/registry', 500, 'toomanyrequests: You have reached your pull rate limit.'],
  ['image/registry', 500, 'received unexpected HTTP status: 503 Service Unavailable'],
  ['image/reference', 400, 'invalid reference format'],
  ['host/disk-full', 500, 'failed to register layer: write /usr/lib/x: no space left on device'],
];

describe('a refusal of the engine', () => {
  it.each(CALLS)('%s: %i %s', (code, status, message) => {
    const found = engineProblem({ status, message, attempt: 'cannot do it', isPull: false });
    expect(found).toMatchObject({ code, message: `cannot do it: ${message.trim()}` });
  });
});

describe('a refused pull', () => {
  it.each(PULLS)('%s: %i %s', (code, status, message) => {
    expect(engineProblem({ status, message, attempt: 'cannot pull x', isPull: true }).code).toBe(code);
  });
});

it('names the status where the engine says nothing', () => {
  const found = engineProblem({ status: 502, message: ' ', attempt: 'cannot do it', isPull: false });
  expect(found).toMatchObject({
    code: 'engine/failed',
    message: 'cannot do it: the engine answered with status 502',
  });
});
