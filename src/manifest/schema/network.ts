// Name resolution inside the container: `extra_hosts`, `dns`, `dns_search`.

import { z } from 'zod';
import { quoted, reject } from './values.ts';

const address = z.union([z.ipv4(), z.ipv6()]);
const HOSTNAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/** `name:address` as the engine expects it, null where it is none. */
function hostLine(name: string, target: string): string | null {
  const bare = target.replace(/^\[(.*)\]$/, '$1');
  const known = bare === 'host-gateway' || address.safeParse(bare).success;
  return HOSTNAME.test(name) && known ? `${name}:${bare}` : null;
}

const NOT_A_HOST = 'write NAME=ADDRESS; the address is an IP address or `host-gateway`';

const list = z.array(
  z.string().transform((text, context): string => {
    const match = /^([^=:]+)[=:](.+)$/.exec(text);
    return hostLine(match?.[1] ?? '', match?.[2] ?? '') ?? reject(context, `${quoted(text)}: ${NOT_A_HOST}`);
  }),
);

const map = z
  .record(z.string(), z.union([z.string(), z.array(z.string())]))
  .transform((entries, context): string[] =>
    Object.entries(entries).flatMap(([name, targets]) =>
      [targets]
        .flat()
        .map((target) => hostLine(name, target) ?? reject(context, NOT_A_HOST, { path: [name] })),
    ),
  );

export const extraHosts = z.union([list, map]);

const dnsServer = z.string().refine((text) => address.safeParse(text).success, 'is not an IP address');
export const dnsServers = z.union([dnsServer.transform((server): string[] => [server]), z.array(dnsServer)]);

const domain = z
  .string()
  .refine((text) => text === '.' || (text.length <= 253 && HOSTNAME.test(text)), 'is not a domain');
export const dnsSearch = z.union([domain.transform((one): string[] => [one]), z.array(domain)]);
