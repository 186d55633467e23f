// The contract of the Host port as tests: the real host and the simulated one must both pass. Every test
// starts with a connected host that has nothing of the suite on it.

import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { connectionConformance } from './host-connection.ts';
import { containerConformance } from './host-containers.ts';
import { execConformance, logConformance, probeConformance } from './host-conversations.ts';
import { imageConformance, networkConformance, volumeConformance } from './host-objects.ts';
import { eventConformance, reportConformance } from './host-observation.ts';
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

    connectionConformance(subject);
    containerConformance(subject);
    networkConformance(subject);
    volumeConformance(subject);
    imageConformance(subject);
    reportConformance(subject);
    eventConformance(subject);
    probeConformance(subject);
    logConformance(subject);
    execConformance(subject);
  });
}
