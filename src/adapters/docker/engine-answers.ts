// The parts of the engine's answers that this adapter reads, checked where they come in. Engines write
// null for empty lists and maps, and leave out what their version does not know.

import { z } from 'zod';

const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const map = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((entries) => entries ?? {});
const labels = map(z.string());
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

export const VersionAnswer = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  MinAPIVersion: z.string().optional(),
  Os: z.string(),
  Arch: z.string(),
});

export const InfoAnswer = z.object({
  ID: z.string(),
  NCPU: z.number(),
  MemTotal: z.number(),
  LiveRestoreEnabled: z.boolean().default(false),
  SystemTime: z.string().optional(),
});

export const ListedContainer = z.object({
  Id: z.string(),
  Names: list(z.string()),
  State: z.string(),
  Status: z.string(),
  Ports: list(z.object({ PublicPort: z.number().optional(), Type: z.string() })),
  NetworkSettings: z.object({ Networks: map(z.object({ IPAddress: text, EndpointID: text })) }).optional(),
});
export type ListedContainer = z.infer<typeof ListedContainer>;

const PortMap = map(list(z.object({ HostPort: text })));

export const InspectedContainer = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    OOMKilled: z.boolean(),
    ExitCode: z.number(),
    StartedAt: text,
    FinishedAt: text,
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({ Labels: labels, Tty: z.boolean() }),
  HostConfig: z.object({
    NetworkMode: text,
    RestartPolicy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }),
    PortBindings: PortMap,
    Memory: z.number(),
    MemoryReservation: z.number(),
    NanoCpus: z.number(),
    CpuQuota: z.number(),
    CpuPeriod: z.number(),
    PidsLimit: z.number().nullish(),
  }),
  NetworkSettings: z.object({
    Ports: PortMap,
    Networks: map(
      z.object({
        IPAddress: text,
        NetworkID: text,
        EndpointID: text,
        Aliases: list(z.string()),
        /** What was asked for, as far as anything was. */
        IPAMConfig: z.object({ IPv4Address: text }).nullish(),
      }),
    ),
  }),
  Mounts: list(z.object({ Type: z.string(), Name: z.string().optional() })),
});
export type InspectedContainer = z.infer<typeof InspectedContainer>;

export const ListedNetwork = z.object({
  Id: z.string(),
  Name: z.string(),
  Labels: labels,
  IPAM: z.object({ Config: list(z.object({ Subnet: z.string().optional() })) }),
});
export type ListedNetwork = z.infer<typeof ListedNetwork>;

export const NetworkMembers = z.object({ Containers: map(z.object({ IPv4Address: text })) });

export const ListedVolume = z.object({ Name: z.string(), Labels: labels });
export type ListedVolume = z.infer<typeof ListedVolume>;
export const ListedVolumes = z.object({ Volumes: list(ListedVolume) });

export const ListedImage = z.object({
  Id: z.string(),
  RepoTags: list(z.string()),
  RepoDigests: list(z.string()),
  Created: z.number(),
  Size: z.number(),
});
export type ListedImage = z.infer<typeof ListedImage>;

export const EventMessage = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: labels }),
  timeNano: z.number(),
});
export type EventMessage = z.infer<typeof EventMessage>;

export const PullMessage = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  error: z.string().optional(),
});
export type PullMessage = z.infer<typeof PullMessage>;

export const Created = z.object({ Id: z.string() });
export const ErrorAnswer = z.object({ message: z.string() });
export const ExecState = z.object({ Running: z.boolean(), ExitCode: z.number().nullish() });
export const ImageReferences = z.object({ RepoTags: list(z.string()), RepoDigests: list(z.string()) });
