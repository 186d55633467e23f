// `kind: Host`: a machine with a Docker engine.

import { z } from 'zod';
import { formatSubnet, parseSubnet, subnetAround } from '../../kernel/subnet.ts';
import { parseEngineAddress } from '../host-address.ts';
import { ROUTES_NOT_SERVED } from '../unsupported.ts';
import { DEFAULTS } from './defaults.ts';
import { taint } from './orchestration.ts';
import { byteSize, cpuCount, optional, reject, required } from './values.ts';

const address = z.string().transform((text, context) => {
  const parsed = parseEngineAddress(text);
  return 'because' in parsed ? reject(context, parsed.because) : parsed.address;
});

const RANGE_BITS = { most: 10, least: 23 } as const;

const networkRange = z.string().transform((text, context): string => {
  const range = subnetAround(text);
  if (range === null) return reject(context, 'is not an IPv4 network such as 10.201.0.0/16');
  const network = formatSubnet(range);
  if (parseSubnet(text) === null)
    return reject(context, `is an address in the network ${network}; write that`);
  if (range.bits < RANGE_BITS.most || range.bits > RANGE_BITS.least) {
    const sizes = `/${RANGE_BITS.most} and /${RANGE_BITS.least}`;
    return reject(context, `must be between ${sizes}, to hold several networks of 256 addresses`);
  }
  return network;
});

const LABEL_OF_NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const peerAddress = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^${LABEL_OF_NAME}(?:\\.${LABEL_OF_NAME})*$`),
    'is neither an IPv4 address nor a DNS name such as host-1.internal',
  );

const hostKey = z.string().transform((text, context): string => {
  const line =
    /^(?<type>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) (?<key>[A-Za-z0-9+/]{40,2000}={0,2})(?: .*)?$/.exec(
      text.trim(),
    );
  if (line !== null) return `${line.groups?.['type']} ${line.groups?.['key']}`;
  return /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(text)
    ? text.replace(/=$/, '')
    : reject(context, 'a host key is `SHA256:…` or a line such as `ssh-ed25519 AAAA…`');
});

export const hostSpec = z
  .strictObject({
    address: required(address, {
      description:
        'Where the engine is: `ssh://user@host[:port][?socket=/path]`, `unix:///path` on the machine of the controller, or `tcp://host[:port]` with mutual TLS.',
      examples: ['ssh://deploy@fra-1.example.com'],
    }),
    hostKey: optional(z.union([hostKey.transform((key): string[] => [key]), z.array(hostKey)]), {
      description:
        'SSH host key or keys that are accepted, as fingerprint or public key; `plimsoll host add` writes it.',
      examples: ['SHA256:uNiVztksCsDhcc0u9e8BrrYXVUpX9BRYHpfNb6jjbUY'],
    }),
    credential: optional(z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is not a name'), {
      description: 'Name of the key in plimsoll.yaml that opens the host.',
      default: DEFAULTS.credential,
      examples: ['production'],
    }),
    taints: optional(z.array(taint), {
      description: 'Keeps services away that do not tolerate them.',
      examples: [[{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }]],
    }),
    reserved: optional(
      z.strictObject({
        cpus: optional(cpuCount, { description: 'CPUs.', default: 0, examples: ['0.5'] }),
        memory: optional(byteSize, { description: 'Memory.', default: 0, examples: ['512m'] }),
      }),
      {
        description: 'Capacity that placement leaves to the system.',
        examples: [{ cpus: '0.5', memory: '512m' }],
      },
    ),
    networkRange: optional(networkRange, {
      description:
        'Where the networks that Plimsoll makes on the host have their addresses, as an IPv4 network of 2 to 16,384 times 256 addresses (`/10` to `/23`). It must hold nothing that the host or its containers have to reach: where the LAN or a VPN uses addresses of the default, name another private network that nothing uses. It counts for networks that are made from then on.',
      default: DEFAULTS.networkRange,
      examples: ['10.77.0.0/16'],
    }),
    meshAddress: optional(peerAddress, {
      description:
        'Where the load balancers of other hosts reach this one (TCP ports 4433 and 4434, encrypted), as an IPv4 address or a DNS name; left out: the host of `address`. Name the address in a private network where there is one.',
      examples: ['10.0.0.11'],
    }),
    ingress: optional(z.boolean(), {
      description: `\`true\`: clients of the outside are let in here, as Routes say. ${ROUTES_NOT_SERVED}`,
      default: false,
    }),
    schedulable: optional(z.boolean(), {
      description: '`false`: nothing new is placed here; what runs stays.',
      default: true,
    }),
  })
  .superRefine((spec, context) => {
    if (spec.hostKey !== undefined && spec.address.scheme !== 'ssh') {
      reject(context, 'only an ssh:// address has a host key', { path: ['hostKey'] });
    }
  });
