// The checks that the controller makes from outside, through its connection to a host. They are zod
// schemas since the store keeps them beside the revisions that were deployed with them.

import { z } from 'zod';

const HttpCheck = z.strictObject({
  kind: z.literal('http'),
  scheme: z.enum(['http', 'https']),
  path: z.string(),
  port: z.number(),
  headers: z.record(z.string(), z.string()).readonly(),
});
const TcpCheck = z.strictObject({ kind: z.literal('tcp'), port: z.number() });

export const ProbeSpec = z
  .strictObject({
    check: z.discriminatedUnion('kind', [HttpCheck, TcpCheck]).readonly(),
    initialDelayMs: z.number(),
    periodMs: z.number(),
    timeoutMs: z.number(),
    successThreshold: z.number(),
    failureThreshold: z.number(),
  })
  .readonly();
export type ProbeSpec = z.infer<typeof ProbeSpec>;

export const Probes = z
  .strictObject({
    startup: ProbeSpec.nullable(),
    readiness: ProbeSpec.nullable(),
    liveness: ProbeSpec.nullable(),
  })
  .readonly();
export type Probes = z.infer<typeof Probes>;
