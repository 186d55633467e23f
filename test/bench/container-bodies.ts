// What Plimsoll would send to create the containers of a service, so that direct calls create the same.

import { createBody } from '../../src/adapters/docker/create-body.ts';
import { resolveDesired } from '../../src/desired/resolve.ts';
import { makeRevision } from '../../src/desired/revision.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { CommitSha, ControllerId, NamespaceName, ServiceName, SourceId } from '../../src/kernel/ids.ts';
import { containerLabels, containerName, networkLabels, networkName } from '../../src/kernel/owner.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { serviceManifest } from './controller-files.ts';

/** Not the controller's id: to it these containers are somebody else's. */
const OWNER = ControllerId.parse('direct');
const NAMESPACE = NamespaceName.parse('default');
const SERVICE = ServiceName.parse('direct');

export interface CreateCall {
  readonly name: string;
  readonly body: object;
}

function containerSpec(manifest: string) {
  const bytes = new TextEncoder().encode(manifest);
  const { documents } = readManifests([{ path: 'service.json', blob: 'service', bytes }]);
  const commit = CommitSha.parse('0'.repeat(40));
  const source = { id: SourceId.parse('fleet'), fleet: true, commit, documents, files: new Map() };
  const resolved = resolveDesired({ sources: [source], overrides: {} });
  if (!resolved.ok) throw new Error(resolved.error.map(formatProblem).join('\n'));
  const [service] = resolved.value.desired.services.values();
  if (service === undefined) throw new Error('the manifest has no service');
  return service.container;
}

/** `image` is `name@sha256:…`. */
export function createCalls(image: string, replicas: number): CreateCall[] {
  const spec = containerSpec(serviceManifest(SERVICE, image, replicas));
  const digest = image.slice(image.indexOf('@') + 1);
  const { id: revision } = makeRevision(spec, { kind: 'digest', digest });
  return Array.from({ length: replicas }, (_, ordinal) => {
    const identity = { namespace: NAMESPACE, service: SERVICE, revision, ordinal, attempt: 0 };
    const name = containerName(identity);
    const labels = containerLabels(OWNER, identity);
    const networks = [{ name: networkName(NAMESPACE, SERVICE), aliases: [SERVICE], address: null }];
    const surroundings = { hostPorts: [], networks, sharesNetworkOf: null, hosts: [], volumes: [] };
    return { name, body: createBody({ name, labels, image, spec, ...surroundings }) };
  });
}

/** The body of `POST /networks/create` for the network of those containers. */
export const networkCall = (): object => ({
  Name: networkName(NAMESPACE, SERVICE),
  Driver: 'bridge',
  CheckDuplicate: true,
  Labels: networkLabels(OWNER, NAMESPACE, SERVICE),
});
