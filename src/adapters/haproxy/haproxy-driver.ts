// HAProxy as the kind of load balancer that the hosts have.

import type { LoadBalancerDriver, LoadBalancerRules, Telling } from '../../ports/load-balancer.ts';
import { rulesFile } from '../../proxy/base.ts';
import { mapFiles, renderMarked } from '../../proxy/render.ts';
import { haproxyOn } from './driver.ts';
import { locatePeers } from './peers.ts';
import { ADMIN, DIRECTORY, NEWEST, NEWEST_INGRESS, NOBODY, serveCommand, USER } from './script.ts';

const SETTINGS = {
  admin: ADMIN,
  newest: NEWEST,
  newestIngress: NEWEST_INGRESS,
  nobody: NOBODY,
  // Two descriptors each, and engines may give a container no more than 20,000 of them.
  maxConnections: 8_000,
  oldProcessMs: 3_600_000,
};

/** Without a mesh no rule names them. */
const NO_FILES = { certificate: 'none', roots: 'none' };

function rulesFor({ traffic, mark, generation, credentials }: Telling): LoadBalancerRules {
  if (credentials === null)
    return {
      text: renderMarked(traffic, { ...SETTINGS, ...NO_FILES }, mark),
      hash: mark,
      generation,
      files: mapFiles(traffic),
    };
  const certificate = rulesFile('host', credentials.certificate);
  const roots = rulesFile('roots', credentials.roots);
  const settings = { ...SETTINGS, certificate: certificate.name, roots: roots.name };
  return {
    text: renderMarked(traffic, settings, mark),
    hash: mark,
    generation,
    files: [certificate, roots, ...mapFiles(traffic)],
  };
}

export const haproxyDriver: LoadBalancerDriver = {
  command: serveCommand,
  user: USER,
  directory: DIRECTORY,
  on(host) {
    const haproxy = haproxyOn(host);
    return {
      async tell(container, telling, options) {
        const traffic = await locatePeers(host, container, telling.traffic, options);
        return haproxy.apply(container, rulesFor({ ...telling, traffic }), options);
      },
      state: (container, options) => haproxy.state(container, options),
      measure: (container, options) => haproxy.measure(container, options),
    };
  },
};
