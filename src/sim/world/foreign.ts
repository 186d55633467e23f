// A container that somebody else runs on the hosts, without any of our labels.

import type { ContainerRequest } from '../../action/container-request.ts';
import type { ContainerSpec } from '../../desired/container.ts';
import { resolveDesired } from '../../desired/resolve.ts';
import { CommitSha, SourceId } from '../../kernel/ids.ts';
import { readManifests } from '../../manifest/read.ts';
import { PLAIN_BEHAVIOUR } from '../engine/behaviour.ts';
import type { RegistryImage } from '../engine/registry-view.ts';

export const FOREIGN_IMAGE = 'registry.test/theirs/tool:1';

/** It is on every host: nobody pulls it. */
export const foreignImage: RegistryImage = {
  digest: `sha256:${'f'.repeat(64)}`,
  id: `sha256:${'e'.repeat(64)}`,
  sizeBytes: 1_000_000,
  layers: [],
  behaviour: PLAIN_BEHAVIOUR,
};

let spec: ContainerSpec | null = null;

/** What the plainest manifest makes of a container. */
function plainSpec(): ContainerSpec {
  if (spec !== null) return spec;
  const text = `{"apiVersion":"plimsoll.dev/v1","kind":"Service","metadata":{"name":"theirs"},"spec":{"image":"${FOREIGN_IMAGE}"}}`;
  const bytes = new TextEncoder().encode(text);
  const { documents } = readManifests([{ path: 'theirs.json', blob: 'theirs', bytes }]);
  const commit = CommitSha.parse('0'.repeat(40));
  const source = { id: SourceId.parse('theirs'), fleet: true, commit, documents, files: new Map() };
  const resolved = resolveDesired({ sources: [source], overrides: { hosts: {}, images: {} } });
  const [service] = resolved.ok ? resolved.value.desired.services.values() : [];
  if (service === undefined) throw new Error('the manifest of the foreign container is wrong');
  spec = service.container;
  return spec;
}

export function foreignRequest(name: string): ContainerRequest {
  return {
    name,
    labels: { owner: 'somebody else' },
    image: FOREIGN_IMAGE,
    spec: plainSpec(),
    hostPorts: [],
    network: null,
    volumes: [],
  };
}
