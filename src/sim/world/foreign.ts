// A container that somebody else runs on the hosts, without any of our labels.

import type { ContainerRequest } from '../../action/container-request.ts';
import { plainContainer } from '../../desired/plain-container.ts';
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

export function foreignRequest(name: string): ContainerRequest {
  return {
    name,
    labels: { owner: 'somebody else' },
    image: FOREIGN_IMAGE,
    spec: plainContainer(FOREIGN_IMAGE),
    hostPorts: [],
    networks: [],
    sharesNetworkOf: null,
    hosts: [],
    volumes: [],
  };
}
