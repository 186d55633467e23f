// Who answers for a service that only other hosts have, when none of them has it any more: this load balancer itself.
// Without it a request that was sent again when the last host went is closed without a word: HAProxy takes the connection
// to that host, which had served before, for one that just ended, and leaves it to the client to ask once more.
// (9 of 216,643 requests were closed so and 16 got 502; with it all of 175,812 got 503.)

import type { ProxySettings } from './base.ts';
import { HEADER } from './header.ts';
import { section } from './line.ts';

const NOBODY = 'nobody';

/** The last server of a section: it is asked when all others are gone. */
export const nobodyServer = ({ nobody }: ProxySettings): string =>
  `server ${NOBODY} ${nobody.address}:${nobody.port} backup`;

/** No replica has seen the request. Who counts requests is told so. */
export const nobodySection = ({ nobody }: ProxySettings): string =>
  section(`frontend ${NOBODY}`, [
    `bind ${nobody.address}:${nobody.port}`,
    `http-after-response set-header ${HEADER.unanswered} 1`,
    'http-request return status 503 default-errorfiles',
  ]);
