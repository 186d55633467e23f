// A load balancer in a container of a real engine, as its tests speak of it.

import { haproxyOn } from '../../../src/adapters/haproxy/driver.ts';
import {
  ADMIN,
  DIRECTORY,
  NEWEST,
  NEWEST_INGRESS,
  NOBODY,
  serveCommand,
  USER,
} from '../../../src/adapters/haproxy/script.ts';
import { plainContainer } from '../../../src/desired/plain-container.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Host } from '../../../src/ports/host.ts';
import type { LoadBalancerRules } from '../../../src/ports/load-balancer.ts';
import { rulesFile } from '../../../src/proxy/base.ts';
import { renderHaproxy } from '../../../src/proxy/render.ts';
import type { Traffic } from '../../../src/proxy/traffic.ts';
import { eventually } from '../../lab/eventually.ts';
import { API, api, db, door, serving, stable, traffic } from '../../proxy/words.ts';

export const SHORT = { deadlineMs: 20_000 } as const;

let generation = 0;

/** Newer than all before. */
export function rulesOf(told: Traffic, hostPem = 'host', caPem = 'ca'): LoadBalancerRules {
  const files = [rulesFile('host', new Sealed(hostPem)), rulesFile('roots', new Sealed(caPem))] as const;
  const settings = {
    admin: ADMIN,
    newest: NEWEST,
    newestIngress: NEWEST_INGRESS,
    nobody: NOBODY,
    certificate: files[0].name,
    roots: files[1].name,
    maxConnections: 1_000,
    oldProcessMs: 10_000,
  };
  generation += 1;
  const rendered = renderHaproxy(told, settings);
  return { ...rendered, generation, files: [...files, ...rendered.files] };
}

/** Where the container's processes ask for the service, and where its replica is. */
export const DOOR = '127.0.0.10';

/** `isProbed`: its check is a request, and not a connection. */
export const offered = (address: string, { isProbed = true } = {}): Traffic => {
  const pool = api([stable({ local: [serving({ name: 'api.0', address })] })]);
  return traffic('h1', {
    doors: [door(API, DOOR, '127.0.0.0/8')],
    pools: [isProbed ? pool : { ...pool, check: db([]).check }],
  });
};

/** Begins as the controller would have it, whoever the image says it is; its host publishes the port. */
export async function startBalancer(
  host: Host,
  name: string,
  image: string,
  { hosts = [], port = null }: { hosts?: readonly string[]; port?: number | null } = {},
): Promise<void> {
  await host.createVolume(name, {}, SHORT);
  const open = port === null ? [] : [port];
  const mounts = [{ kind: 'volume', volume: name, target: DIRECTORY, readOnly: false }] as const;
  const id = await host.createContainer(
    {
      name,
      labels: {},
      image,
      spec: {
        ...plainContainer(image),
        entrypoint: serveCommand,
        user: USER,
        mounts,
        restart: 'unless-stopped',
        ports: open.map((target) => ({
          target,
          protocol: 'tcp',
          published: { from: target, to: target },
          hostIp: '0.0.0.0',
        })),
      },
      hostPorts: open,
      networks: [],
      sharesNetworkOf: null,
      hosts,
      volumes: [name],
    },
    SHORT,
  );
  await host.startContainer(id, SHORT);
}

/** Once it has begun. */
export const hashNow = (host: Host, name: string) =>
  eventually('the load balancer to answer', { deadlineMs: 10_000 }, async () => ({
    hash: (await haproxyOn(host).state(name, SHORT)).hash,
  }));
