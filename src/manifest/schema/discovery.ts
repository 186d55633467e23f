// The keys of a Service by which services find each other: what it offers, to whom, and what it uses itself.

import { z } from 'zod';
import { NamespaceName, ServiceName } from '../../kernel/ids.ts';
import { LIMITS } from '../limits.ts';
import { optional, portNumber, quoted, reject, required, TOO_MANY, word } from './values.ts';

interface ServedPort {
  readonly port: number;
  readonly protocol: 'http' | 'tcp';
}

const PROTOCOL = 'the protocol is `http` or `tcp`';
const SERVED = 'is not a port with its protocol, such as `8080/http` or `5432/tcp`';

const shortServed = z.string().transform((text, context): ServedPort => {
  const [, digits = '', protocol] = /^(\d{1,5})(?:\/(.*))?$/.exec(text) ?? [];
  const port = portNumber.safeParse(Number(digits));
  if (!port.success) return reject(context, `${quoted(text)} ${SERVED}`);
  if (protocol === 'http' || protocol === 'tcp') return { port: port.data, protocol };
  return reject(context, `${quoted(text)}: ${PROTOCOL}`, {
    hint: `Write \`${digits}/http\` for HTTP/1.1 and websockets, or \`${digits}/tcp\` for anything else.`,
  });
});

const longServed = z.strictObject({
  port: required(portNumber, { description: 'Port in the container.', examples: [8080] }),
  protocol: required(z.enum(['http', 'tcp']), {
    description: '`http`: HTTP/1.1 and websockets. `tcp`: databases, gRPC and anything else.',
    examples: ['http'],
  }),
});

const served = z.union([shortServed, longServed], {
  error: ({ input }) =>
    portNumber.safeParse(input).success
      ? `say the protocol, too: \`${input}/http\` or \`${input}/tcp\``
      : undefined,
});

export const serves = z
  .array(served)
  .max(LIMITS.servedPorts, `has more than ${LIMITS.servedPorts} items`)
  .superRefine((ports, context) => {
    const seen = new Set<number>();
    ports.forEach(({ port }, index) => {
      if (seen.has(port))
        reject(context, `the port ${port} is served twice`, { path: [index], code: 'manifest/duplicate' });
      seen.add(port);
    });
  });

interface Caller {
  readonly namespace: NamespaceName;
  /** Null: every service of the namespace. */
  readonly service: ServiceName | null;
}

const caller = word.transform((text, context): Caller => {
  const [first, second, ...more] = text.split('/');
  const namespace = NamespaceName.safeParse(first);
  const service = second === undefined ? null : ServiceName.safeParse(second);
  if (!namespace.success || service?.success === false || more.length > 0)
    return reject(context, `${quoted(text)} is neither NAMESPACE nor NAMESPACE/SERVICE`);
  return { namespace: namespace.data, service: service?.data ?? null };
});

export const allowFrom = z
  .array(caller)
  .max(LIMITS.listItems, TOO_MANY)
  .superRefine((callers, context) => {
    const seen = new Set<string>();
    callers.forEach(({ namespace, service }, index) => {
      const name = service === null ? namespace : `${namespace}/${service}`;
      if (seen.has(name))
        reject(context, `${name} is named twice`, { path: [index], code: 'manifest/duplicate' });
      seen.add(name);
    });
  });

interface ConnectionEntry {
  readonly service: ServiceName;
  /** Null: the namespace of the service itself. */
  readonly namespace: NamespaceName | null;
  /** Null: the only one that is served. */
  readonly port: number | null;
  readonly as: ServiceName | null;
}

export const shortConnection = word.transform((text, context): ConnectionEntry => {
  const parts = text.split('/');
  const service = ServiceName.safeParse(parts.at(-1));
  const namespace = parts.length === 1 ? null : NamespaceName.safeParse(parts[0]);
  if (!service.success || namespace?.success === false || parts.length > 2) {
    return reject(context, `${quoted(text)} is neither SERVICE nor NAMESPACE/SERVICE`, {
      ...(text.includes(':') ? { hint: 'A port is chosen with `{ service: NAME, port: PORT }`.' } : {}),
    });
  }
  return { service: service.data, namespace: namespace?.data ?? null, port: null, as: null };
});

const longConnection = z
  .strictObject({
    service: required(ServiceName, { description: 'Name of the service.', examples: ['cart'] }),
    namespace: optional(NamespaceName, {
      description: 'Its namespace; left out: that of the service that connects.',
      examples: ['shop'],
    }),
    port: optional(portNumber, {
      description: 'One of the ports that it serves; left out: the only one.',
      examples: [8080],
    }),
    as: optional(ServiceName, {
      description: 'Another name for it in the containers, which names the variables too.',
      examples: ['basket'],
    }),
  })
  .transform(
    (long): ConnectionEntry => ({
      service: long.service,
      namespace: long.namespace ?? null,
      port: long.port ?? null,
      as: long.as ?? null,
    }),
  );

export const connects = z.array(z.union([shortConnection, longConnection])).max(LIMITS.listItems, TOO_MANY);
