// What a container may do to its host: capabilities, security options, devices, limits of the kernel.

import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { suggestion } from '../nearest.ts';
import {
  absolutePath,
  normaliseAbsolutePath,
  optional,
  quoted,
  reject,
  required,
  TOO_MANY,
} from './values.ts';

const CAPABILITIES = new Set(
  (
    'ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE ' +
    'DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE ' +
    'MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID ' +
    'SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE ' +
    'SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM'
  ).split(' '),
);

const capability = z.string().transform((text, context): string => {
  const name = text.toUpperCase().replace(/^CAP_/, '');
  if (CAPABILITIES.has(name)) return name;
  return reject(context, `${quoted(text)} is not a capability${suggestion(name, CAPABILITIES)}`);
});

/** `cap_add`, `cap_drop`: upper-case names without `CAP_`, sorted, each once. */
export const capabilities = z.array(capability).transform((names): string[] => [...new Set(names)].sort());

/** `security_opt`, spelled as the engine expects it. */
export const securityOption = z.string().transform((text, context): string => {
  const match = /^([a-z-]+)(?:[=:](.+))?$/.exec(text);
  const [, name, value] = match ?? [];
  if (name === 'no-new-privileges' && (value === undefined || value === 'true' || value === 'false')) {
    return `no-new-privileges:${value ?? 'true'}`;
  }
  if (name === 'seccomp' && value === 'unconfined') return 'seccomp=unconfined';
  if (name === 'apparmor' && value !== undefined && /^[\w./-]+$/.test(value)) return `apparmor=${value}`;
  if (
    name === 'label' &&
    value !== undefined &&
    /^(disable|(user|role|type|level|filetype):[\w.:,-]+)$/.test(value)
  ) {
    return `label=${value}`;
  }
  return reject(
    context,
    `${quoted(text)} is not supported: use no-new-privileges, seccomp=unconfined, apparmor=PROFILE or label=…`,
    { code: 'manifest/unsupported' },
  );
});

export interface Device {
  readonly source: string;
  readonly target: string;
  readonly permissions: string;
}

const devicePermissions = z.string().regex(/^(?=.)r?w?m?$/, 'is a combination of r, w and m in this order');

const shortDevice = z.string().transform((text, context): Device => {
  const [source = '', target = source, permissions = 'rwm', ...rest] = text.split(':');
  const from = normaliseAbsolutePath(source);
  const to = normaliseAbsolutePath(target);
  if (from === null || to === null || rest.length > 0 || !devicePermissions.safeParse(permissions).success) {
    return reject(context, `${quoted(text)} is not a device: write /dev/NAME[:/dev/NAME[:rwm]]`);
  }
  return { source: from, target: to, permissions };
});

const longDevice = z
  .strictObject({
    source: required(absolutePath, {
      description: 'Path of the device on the host.',
      examples: ['/dev/ttyUSB0'],
    }),
    target: optional(absolutePath, {
      description: 'Path in the container; the same where left out.',
      examples: ['/dev/ttyUSB0'],
    }),
    permissions: optional(devicePermissions, {
      description: 'Any of r, w and m.',
      default: 'rwm',
      examples: ['rw'],
    }),
  })
  .transform(
    (long): Device => ({
      source: long.source,
      target: long.target ?? long.source,
      permissions: long.permissions ?? 'rwm',
    }),
  );

export const deviceList = z.array(z.union([shortDevice, longDevice])).max(LIMITS.listItems, TOO_MANY);

const ULIMITS = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

const ulimitValue = z.int().min(-1, 'is at least -1 (no limit)');

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

const ulimit = z.union([
  ulimitValue.transform((both) => ({ soft: both, hard: both })),
  z
    .strictObject({
      soft: required(ulimitValue, { description: 'Soft limit.', examples: [1024] }),
      hard: required(ulimitValue, { description: 'Hard limit.', examples: [65536] }),
    })
    .refine(
      (pair) => pair.hard === -1 || (pair.soft !== -1 && pair.soft <= pair.hard),
      'the soft limit is above the hard one',
    ),
]);

/** `ulimits` by name, in alphabetical order. */
export const ulimits = z.record(z.string(), ulimit).transform((entries, context): Ulimit[] => {
  for (const name of Object.keys(entries)) {
    if (!ULIMITS.has(name)) {
      reject(context, `${quoted(name)} is not a ulimit${suggestion(name, ULIMITS)}`, {
        path: [name],
        code: 'manifest/unknown-key',
        onKey: true,
      });
    }
  }
  return Object.entries(entries)
    .map(([name, pair]) => ({ name, ...pair }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
});
