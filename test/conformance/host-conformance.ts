// The contract of the Host port as tests: the real host and the simulated one must both pass. Every test
// starts with a connected host that has nothing of the suite on it.

import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import * as connection from './host-connection.ts';
import * as containers from './host-containers.ts';
import * as conversations from './host-conversations.ts';
import * as places from './host-network-places.ts';
import * as objects from './host-objects.ts';
import * as observation from './host-observation.ts';
import * as shared from './host-shared-networks.ts';
import { clearAway, type HostSubject, SHORT } from './host-subject.ts';

export type { HostSubject } from './host-subject.ts';

export function hostConformance(name: string, makeSubject: () => Promise<HostSubject>): void {
  describe(name, () => {
    let made: HostSubject | null = null;
    const subject = (): HostSubject => {
      if (made === null) throw new Error('the host could not be made');
      return made;
    };
    beforeAll(async () => {
      made = await makeSubject();
      await made.host.connect(SHORT);
    });
    afterEach(() => clearAway(subject().host));
    afterAll(() => made?.host.close());

    for (const area of [connection, containers, objects, places, shared, observation, conversations]) {
      for (const conformance of Object.values(area)) conformance(subject);
    }
  });
}
