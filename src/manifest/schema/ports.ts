// `ports` and `expose` of the Compose specification: short and long syntax, ranges.

import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { DEFAULTS } from './defaults.ts';
import { optional, portNumber, quoted, reject, required } from './values.ts';

export interface PublishedPort {
  readonly target: number;
  readonly protocol: 'tcp' | 'udp';
  readonly published: PortRange | null;
  readonly hostIp: string;
}

/** What one entry of `ports` stands for: as many ports as its range in the container has. */
interface PortGroup {
  readonly target: PortRange;
  readonly protocol: 'tcp' | 'udp';
  readonly published: PortRange | null;
  readonly hostIp: string;
}

interface PortRange {
  readonly from: number;
  readonly to: number;
}

const ADDRESS = z.union([z.ipv4(), z.ipv6()]);

function parseRange(text: string): PortRange | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from >= 1 && to <= 65_535 && from <= to ? { from, to } : null;
}

const lengthOf = (range: PortRange): number => range.to - range.from + 1;

const SHORT = 'is not a port: write [[ADDRESS:]HOST[-HOST]:]CONTAINER[/tcp|/udp]';

/** `127.0.0.1:8080-8089:80/tcp` → the ports it stands for, or a sentence. */
function parseShortPort(text: string): PortGroup | string {
  const match =
    /^(?:(?<ip>\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(?:(?<published>[\d-]*):)?(?<target>[\d-]+)(?:\/(?<protocol>[a-z]+))?$/.exec(
      text,
    );
  if (match === null) return `${quoted(text)} ${SHORT}`;
  const { ip, published, target = '', protocol = 'tcp' } = match.groups ?? {};
  // `8080:80` could be read as an address too: one colon always separates host and container port.
  const isPublished = ip !== undefined && published === undefined;
  return isPublished
    ? portGroup({ hostIp: undefined, published: ip, target, protocol, text })
    : portGroup({ hostIp: ip, published, target, protocol, text });
}

interface PortWords {
  readonly hostIp: string | undefined;
  readonly published: string | undefined;
  readonly target: string;
  readonly protocol: string;
  readonly text: string;
}

function portGroup(words: PortWords): PortGroup | string {
  const { protocol, text } = words;
  const target = parseRange(words.target);
  const open = words.published === undefined || words.published === '';
  const published = open ? null : parseRange(words.published ?? '');
  if (target === null || (!open && published === null)) return `${quoted(text)} ${SHORT}`;
  if (protocol !== 'tcp' && protocol !== 'udp') return `${quoted(text)}: the protocol is tcp or udp`;
  const hostIp = words.hostIp?.replace(/^\[(.*)\]$/, '$1') ?? DEFAULTS.hostIp;
  if (!ADDRESS.safeParse(hostIp).success) return `${quoted(text)}: ${quoted(hostIp)} is not an IP address`;
  const count = lengthOf(target);
  if (count > 1 && published !== null && lengthOf(published) !== count) {
    return `${quoted(text)}: the two ranges have different lengths`;
  }
  return { target, protocol, published, hostIp };
}

/** The ports of a group. A single port in the container keeps the whole range on the host to choose from. */
function expand({ target, published, protocol, hostIp }: PortGroup): readonly PublishedPort[] {
  if (target.from === target.to) return [{ target: target.from, protocol, published, hostIp }];
  return Array.from({ length: lengthOf(target) }, (_, index) => {
    const port = published === null ? null : published.from + index;
    const range = port === null ? null : { from: port, to: port };
    return { target: target.from + index, protocol, published: range, hostIp };
  });
}

const longPort = z
  .strictObject({
    target: required(portNumber, { description: 'Port in the container.', examples: [8080] }),
    published: optional(z.union([z.string(), portNumber]), {
      description: 'Port on the host, or a range to take one from; left out: the engine picks a free one.',
      examples: [80, '8080-8089'],
    }),
    host_ip: optional(z.string(), {
      description: 'Address on the host to bind.',
      default: DEFAULTS.hostIp,
      examples: ['127.0.0.1'],
    }),
    protocol: optional(z.enum(['tcp', 'udp']), {
      description: 'Protocol.',
      default: 'tcp',
      examples: ['udp'],
    }),
    mode: optional(z.literal('host'), {
      description: 'Only `host`: the port is bound on every host that runs a replica.',
      default: 'host',
    }),
  })
  .transform((long, context): PortGroup => {
    const published = long.published === undefined ? undefined : String(long.published);
    const hostIp = long.host_ip;
    const text = `${published ?? ''}:${long.target}`;
    const parsed = portGroup({
      hostIp,
      published,
      target: String(long.target),
      protocol: long.protocol ?? 'tcp',
      text,
    });
    return typeof parsed === 'string' ? reject(context, parsed) : parsed;
  });

const shortPort = z.string().transform((text, context): PortGroup => {
  const parsed = parseShortPort(text);
  return typeof parsed === 'string' ? reject(context, parsed) : parsed;
});

const targetOnly = portNumber.transform(
  (port): PortGroup => ({
    target: { from: port, to: port },
    protocol: 'tcp',
    published: null,
    hostIp: DEFAULTS.hostIp,
  }),
);

const TOO_MANY_PORTS = `more than ${LIMITS.ports} ports`;

export const portList = z
  .array(z.union([shortPort, targetOnly, longPort]))
  .transform((groups, context): PublishedPort[] => {
    const total = groups.reduce((sum, group) => sum + lengthOf(group.target), 0);
    if (total > LIMITS.ports) return reject(context, TOO_MANY_PORTS, { code: 'manifest/limit' });
    const seen = new Set<string>();
    groups.forEach((group, index) => {
      if (expand(group).some((port) => !addNew(seen, identityOf(port)))) {
        reject(context, 'the same port is published twice', { path: [index], code: 'manifest/duplicate' });
      }
    });
    return groups.flatMap(expand);
  });

function addNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** What two entries must not share: the place on the host, or the port in the container where it is open. */
function identityOf({ hostIp, published, protocol, target }: PublishedPort): string {
  const place = published === null ? `any for ${target}` : `${published.from}-${published.to}`;
  return `${hostIp} ${place} ${protocol}`;
}

const exposed = z.union([
  portNumber.transform((port): PortRange => ({ from: port, to: port })),
  z.string().transform((text, context): PortRange => {
    const range = parseRange(text.replace(/\/tcp$/, ''));
    return range ?? reject(context, `${quoted(text)} is not a port or a range of TCP ports`);
  }),
]);

export const exposeList = z.array(exposed).transform((ranges, context): number[] => {
  if (ranges.reduce((sum, range) => sum + lengthOf(range), 0) > LIMITS.ports) {
    return reject(context, TOO_MANY_PORTS, { code: 'manifest/limit' });
  }
  const ports = ranges.flatMap((range) =>
    Array.from({ length: lengthOf(range) }, (_, index) => range.from + index),
  );
  return [...new Set(ports)].sort((a, b) => a - b);
});
