// `ports` and `expose` of the Compose specification: short and long syntax, ranges.

import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { optional, portNumber, quoted, reject, required } from './values.ts';

export interface PublishedPort {
  readonly target: number;
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

const SHORT = 'is not a port: write [[ADDRESS:]HOST[-HOST]:]CONTAINER[/tcp|/udp]';

/** `127.0.0.1:8080-8089:80/tcp` → the ports it stands for, or a sentence. */
function parseShortPort(text: string): readonly PublishedPort[] | string {
  const match =
    /^(?:(?<ip>\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(?:(?<published>[\d-]*):)?(?<target>[\d-]+)(?:\/(?<protocol>[a-z]+))?$/.exec(
      text,
    );
  const { ip, published: publishedText, target: targetText = '', protocol = 'tcp' } = match?.groups ?? {};
  // `8080:80` could be read as an address too: one colon always separates host and container port.
  if (match !== null && ip !== undefined && publishedText === undefined) {
    return ports({ hostIp: undefined, published: ip, target: targetText, protocol, text });
  }
  return match === null
    ? `${quoted(text)} ${SHORT}`
    : ports({ hostIp: ip, published: publishedText, target: targetText, protocol, text });
}

interface PortWords {
  readonly hostIp: string | undefined;
  readonly published: string | undefined;
  readonly target: string;
  readonly protocol: string;
  readonly text: string;
}

function ports(words: PortWords): readonly PublishedPort[] | string {
  const { protocol, text } = words;
  const target = parseRange(words.target);
  const open = words.published === undefined || words.published === '';
  const published = open ? null : parseRange(words.published ?? '');
  if (target === null || (!open && published === null)) return `${quoted(text)} ${SHORT}`;
  if (protocol !== 'tcp' && protocol !== 'udp') return `${quoted(text)}: the protocol is tcp or udp`;
  const hostIp = words.hostIp?.replace(/^\[(.*)\]$/, '$1') ?? DEFAULTS.hostIp;
  if (!ADDRESS.safeParse(hostIp).success) return `${quoted(text)}: ${quoted(hostIp)} is not an IP address`;
  const count = target.to - target.from + 1;
  if (count === 1) return [{ target: target.from, protocol, published, hostIp }];
  if (published !== null && published.to - published.from + 1 !== count) {
    return `${quoted(text)}: the two ranges have different lengths`;
  }
  return Array.from({ length: count }, (_, index) => {
    const port = published === null ? null : published.from + index;
    return {
      target: target.from + index,
      protocol,
      published: port === null ? null : { from: port, to: port },
      hostIp,
    };
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
  .transform((long, context): readonly PublishedPort[] => {
    const published = long.published === undefined ? undefined : String(long.published);
    const hostIp = long.host_ip;
    const text = `${published ?? ''}:${long.target}`;
    const parsed = ports({
      hostIp,
      published,
      target: String(long.target),
      protocol: long.protocol ?? 'tcp',
      text,
    });
    return typeof parsed === 'string' ? reject(context, parsed) : parsed;
  });

const shortPort = z.string().transform((text, context): readonly PublishedPort[] => {
  const parsed = parseShortPort(text);
  return typeof parsed === 'string' ? reject(context, parsed) : parsed;
});

const targetOnly = portNumber.transform((target): readonly PublishedPort[] => [
  { target, protocol: 'tcp', published: null, hostIp: DEFAULTS.hostIp },
]);

export const portList = z
  .array(z.union([shortPort, targetOnly, longPort]))
  .transform((lists, context): PublishedPort[] => {
    const seen = new Set<string>();
    lists.forEach((list, index) => {
      for (const port of list) {
        const key = `${port.hostIp} ${port.published?.from ?? `any for ${port.target}`}-${port.published?.to ?? ''} ${port.protocol}`;
        if (seen.has(key))
          reject(context, 'the same port is published twice', { path: [index], code: 'manifest/duplicate' });
        seen.add(key);
      }
    });
    return lists.flat();
  });

const exposed = z.union([
  portNumber.transform((port): number[] => [port]),
  z.string().transform((text, context): number[] => {
    const range = parseRange(text.replace(/\/tcp$/, ''));
    if (range === null) return reject(context, `${quoted(text)} is not a port or a range of TCP ports`);
    return Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index);
  }),
]);

export const exposeList = z
  .array(exposed)
  .transform((lists): number[] => [...new Set(lists.flat())].sort((a, b) => a - b));
