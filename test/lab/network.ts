// The lab's own Ethernet: one bridge with a /24, and one cable (veth pair) from it to each machine. Machines
// have no default route, so nothing in the lab can reach anything but the lab.

import { existsSync, readdirSync } from 'node:fs';
import { runCommand, tryCommand } from './command.ts';
import type { Machine } from './machine.ts';

export interface Network {
  readonly bridge: string;
  /** The first three bytes of every address, as in "10.231.4". */
  readonly prefix: string;
  /** Where the test process itself listens, as the machines see it. */
  readonly gateway: string;
}

export function networkOf(labId: string, slot: number): Network {
  const prefix = `10.231.${slot}`;
  return { bridge: labId, prefix, gateway: `${prefix}.1` };
}

export function addressIn(network: Network, station: number): string {
  return `${network.prefix}.${station}`;
}

export async function createBridge(network: Network): Promise<void> {
  const { bridge, gateway } = network;
  await ip([
    `link add ${bridge} address ${hardwareAddress(network, 1)} type bridge`,
    `addr add ${gateway}/24 dev ${bridge}`,
    `link set ${bridge} up`,
  ]);
  // With br_netfilter, frames between machines pass FORWARD, which another dockerd may have set to DROP.
  for (const rule of firewallRules(bridge)) await runCommand('iptables', ['-w', '-I', ...rule]);
}

/** Removes the bridge, its cables and its firewall rules, as far as they are there. */
export async function removeBridge(bridge: string): Promise<void> {
  const mine = readdirSync('/sys/class/net').filter((name) => name === bridge || isCableOf(bridge, name));
  // A cable also goes with its machine's namespace, at a time of the kernel's choosing: hence "try".
  for (const name of mine) await tryCommand('ip', ['link', 'delete', name]);
  for (const rule of firewallRules(bridge)) {
    while ((await tryCommand('iptables', ['-w', '-D', ...rule])).code === 0);
  }
}

export async function plugIn(network: Network, machine: Machine, station: number): Promise<void> {
  const { bridge } = network;
  const cable = cableName(network, station);
  // After a power cut the old cable may still hang there.
  if (existsSync(`/sys/class/net/${cable}`)) await tryCommand('ip', ['link', 'delete', cable]);
  const [address, hardware] = [addressIn(network, station), hardwareAddress(network, station)];
  await ip([
    `link add ${cable} type veth peer name eth0 address ${hardware} netns ${machine.pid}`,
    `link set ${cable} master ${bridge} up`,
    // Known for good: without this a cut-off machine turns into "no route to host" after 3 s instead of silence.
    `neigh replace ${address} lladdr ${hardware} dev ${bridge} nud permanent`,
  ]);
  const inside = [
    'link set lo up',
    `addr add ${address}/24 dev eth0`,
    'link set eth0 up',
    `neigh replace ${network.gateway} lladdr ${hardwareAddress(network, 1)} dev eth0 nud permanent`,
  ];
  await machine.run('ip', ['-batch', '-'], { input: inside.join('\n') });
}

/**
 * Black hole in both directions: the bridge port drops every frame, while both ends see a cable that is fine.
 * Open connections hang, new ones get no answer.
 */
export async function blockPort(network: Network, station: number): Promise<void> {
  await setPortState(network, station, 'disabled');
}

export async function unblockPort(network: Network, station: number): Promise<void> {
  await setPortState(network, station, 'forwarding');
}

/** Lets so many megabits a second through to a machine; null: as many as the kernel manages. */
export async function limitPort(network: Network, station: number, mbitPerS: number | null): Promise<void> {
  const place = ['dev', cableName(network, station), 'root'];
  const limit = ['tbf', 'rate', `${mbitPerS}mbit`, 'burst', '256kb', 'latency', '50ms'];
  await runCommand(
    'tc',
    mbitPerS === null ? ['qdisc', 'delete', ...place] : ['qdisc', 'replace', ...place, ...limit],
  );
}

async function setPortState(network: Network, station: number, state: string): Promise<void> {
  await runCommand('bridge', ['link', 'set', 'dev', cableName(network, station), 'state', state]);
}

function firewallRules(bridge: string): readonly (readonly string[])[] {
  return [
    ['FORWARD', '-i', bridge, '-o', bridge, '-j', 'ACCEPT'],
    ['INPUT', '-i', bridge, '-j', 'ACCEPT'],
  ];
}

/** By number and not by the machine's name: the kernel allows 15 characters. */
function cableName(network: Network, station: number): string {
  return `${network.bridge}-${station}`;
}

function isCableOf(bridge: string, name: string): boolean {
  return name.startsWith(`${bridge}-`);
}

function hardwareAddress(network: Network, station: number): string {
  const bytes = network.prefix.split('.').concat(String(station));
  return ['02', '70', ...bytes.map((byte) => Number(byte).toString(16).padStart(2, '0'))].join(':');
}

async function ip(commands: readonly string[]): Promise<void> {
  await runCommand('ip', ['-batch', '-'], { input: commands.join('\n') });
}
