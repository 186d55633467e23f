// Where other hosts are, as the container of a load balancer finds them. HAProxy looks names up when it begins, one after
// the other, and a name that nobody knows would let each reload wait for its name servers and then fail without a reason.

import { isIP, isIPv4 } from 'node:net';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CallOptions, Host } from '../../ports/host.ts';
import type { Traffic } from '../../proxy/traffic.ts';
import { run, toldIn } from './run.ts';
import { EXIT, lookUpCommand } from './script.ts';

/** By name; IPv4 where there is one. */
function addressesIn(output: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [name = '', address = ''] = line.split(' ');
    if (isIP(address) === 0) continue;
    const known = found.get(name);
    if (known === undefined || (!isIPv4(known) && isIPv4(address))) found.set(name, address);
  }
  return found;
}

/** The same traffic with an address for each other host. Rejects with `proxy/unknown-host`, which names the first without one. */
export async function locatePeers(
  host: Host,
  container: string,
  traffic: Traffic,
  options: CallOptions,
): Promise<Traffic> {
  const names = new Set(traffic.peers.map(({ address }) => address).filter((name) => isIP(name) === 0));
  if (names.size === 0) return traffic;
  const looked = await run(host, container, lookUpCommand([...names]), null, options);
  if (looked.code !== 0) {
    const because =
      looked.code === EXIT.incomplete ? 'its image has no getent or no timeout' : toldIn(looked);
    const message = `the load balancer on ${host.id} cannot look names up: ${because}`;
    throw new PlimsollError(problem('proxy/unknown-host', message));
  }
  const found = addressesIn(looked.output);
  const peers = traffic.peers.map((peer) => {
    const address = names.has(peer.address) ? found.get(peer.address) : peer.address;
    if (address !== undefined) return { ...peer, address };
    const message = `the load balancer on ${host.id} does not find ${peer.address}, the mesh address of host ${peer.host}`;
    throw new PlimsollError(problem('proxy/unknown-host', message));
  });
  return { ...traffic, peers };
}
