// The keys of a Service that describe its container: names and syntax of the Compose specification.

import { z } from 'zod';
import { parseImageReference } from '../../kernel/image-reference.ts';
import { isPrintable } from '../position.ts';
import { DEFAULTS } from './defaults.ts';
import { capabilities, deviceList, securityOption, ulimits } from './isolation.ts';
import { containerLabels, environment, sysctls } from './key-values.ts';
import { configList, tmpfsList, volumeList } from './mounts.ts';
import { dnsSearch, dnsServers, extraHosts } from './network.ts';
import { exposeList, portList } from './ports.ts';
import { commandLine, healthcheck, hostname, logging, signal, userOrGroup } from './process.ts';
import {
  absolutePath,
  byteSize,
  cpuLimit,
  memoryLimit,
  optional,
  quoted,
  reject,
  required,
  waitMs,
} from './values.ts';

const image = z.string().superRefine((text, context) => {
  const parsed = parseImageReference(text);
  if (parsed.ok) return;
  // The sentence repeats a part of the name.
  const because = isPrintable(text) ? parsed.error : 'contains characters that no image name has';
  reject(context, because, { code: 'image/reference' });
});

const pullPolicy = z
  .enum(['missing', 'if_not_present', 'always', 'never'])
  .transform((policy) => (policy === 'if_not_present' ? ('missing' as const) : policy));

/** A mode that can also point at another container, which has no meaning here. */
const mode = <const M extends readonly [string, ...string[]]>(modes: M) =>
  z.string().transform((text, context): M[number] => {
    const known = modes.find((one) => one === text);
    if (known !== undefined) return known;
    return /^(service|container):/.test(text)
      ? reject(context, 'the namespaces of another container cannot be joined', {
          code: 'manifest/unsupported',
        })
      : reject(context, `${quoted(text)} is none of ${modes.map((one) => `\`${one}\``).join(', ')}`);
  });

const programKeys = {
  image: required(image, {
    description:
      'Image to run, with registry, tag or digest. It is resolved to a digest before a rollout starts.',
    examples: ['ghcr.io/shop/web:1.4.2'],
  }),
  pull_policy: optional(pullPolicy, {
    description:
      'When the image is pulled. `missing` (also `if_not_present`): where a host does not have it.',
    default: DEFAULTS.pullPolicy,
    examples: ['always'],
  }),
  platform: optional(
    z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(\/v?[a-z0-9]+)?$/, 'is not OS/ARCHITECTURE[/VARIANT]'),
    {
      description: 'Platform of the image; left out: that of the host.',
      examples: ['linux/arm64'],
    },
  ),
  command: optional(commandLine, {
    description:
      'Arguments; left out: those of the image. A string is split into words like in a shell, but no shell runs and nothing is expanded.',
    examples: [['serve', '--port', '8080']],
  }),
  entrypoint: optional(commandLine, {
    description: 'Program; left out: that of the image. An empty list removes that of the image.',
    examples: [['/usr/bin/tini', '--']],
  }),
  environment: optional(environment, {
    description:
      'Variables, as a map or a list of `NAME=value`. `$` has no meaning: nothing is interpolated.',
    examples: [{ LOG_LEVEL: 'info' }],
  }),
  working_dir: optional(absolutePath, {
    description: 'Directory the program starts in.',
    examples: ['/app'],
  }),
  user: optional(userOrGroup, {
    description: 'User, or USER:GROUP, by name or number.',
    examples: ['1000:1000'],
  }),
  group_add: optional(z.array(userOrGroup), {
    description: 'Further groups of the user.',
    examples: [['audio']],
  }),
  hostname: optional(hostname, {
    description: 'Host name in the container; left out: chosen by the engine.',
    examples: ['web'],
  }),
  labels: optional(containerLabels, {
    description: 'Labels of the container, as a map or a list of `name=value`.',
    examples: [{ 'com.example.team': 'shop' }],
  }),
};

const mountAndPortKeys = {
  ports: optional(portList, {
    description:
      'Ports published on the host, as in Compose: `[[ADDRESS:]HOST[-HOST]:]CONTAINER[/udp]` or a map. A range on the host lets several replicas share it.',
    examples: [['8080-8089:8080'], ['127.0.0.1:5432:5432']],
  }),
  expose: optional(exposeList, {
    description: 'Ports that the container listens on; documentation only.',
    examples: [[8080]],
  }),
  volumes: optional(volumeList, {
    description:
      'Named volumes (`data:/var/lib/data`), paths of the host (`/srv/x:/x:ro`, needs the permission hostPath) or a map. A named volume ties the service to the host that holds it.',
    examples: [['data:/var/lib/data']],
  }),
  tmpfs: optional(tmpfsList, {
    description: 'Directories in memory: `/PATH[:size=64m,mode=1777]`.',
    examples: [['/tmp:size=64m']],
  }),
  configs: optional(configList, {
    description:
      'Configs to mount; each becomes a read-only DIRECTORY with the files of the Config, at `/NAME` or at `target`.',
    examples: [['web-config'], [{ source: 'web-config', target: '/etc/web' }]],
  }),
};

const lifecycleKeys = {
  healthcheck: optional(healthcheck, {
    description: 'Check that the engine runs inside the container; a replica is ready when it passes.',
    examples: [{ test: ['CMD', 'pg_isready'], interval: '5s' }],
  }),
  stop_signal: optional(signal, {
    description: 'Signal that asks the program to stop; left out: that of the image.',
    examples: ['SIGQUIT'],
  }),
  stop_grace_period: optional(waitMs, {
    description: 'Time between that signal and SIGKILL.',
    default: DEFAULTS.stopGracePeriod,
    examples: ['1m'],
  }),
  init: optional(z.boolean(), {
    description: 'Run an init process that forwards signals and reaps children.',
    default: false,
  }),
  tty: optional(z.boolean(), { description: 'Allocate a terminal.', default: false }),
  stdin_open: optional(z.boolean(), { description: 'Keep standard input open.', default: false }),
  logging: optional(logging, {
    description: 'Where output goes; always bounded.',
    default: DEFAULTS.logging,
  }),
};

const isolationKeys = {
  read_only: optional(z.boolean(), { description: 'Make the root file system read-only.', default: false }),
  privileged: optional(z.boolean(), {
    description: 'Full access to the host. Needs the permission `privileged`.',
    default: false,
  }),
  cap_add: optional(capabilities, {
    description: "Capabilities beyond Docker's default set need the permission `capabilities`.",
    examples: [['NET_BIND_SERVICE']],
  }),
  cap_drop: optional(capabilities, {
    description: 'Capabilities to take away; `ALL` for every one.',
    examples: [['ALL']],
  }),
  security_opt: optional(z.array(securityOption), {
    description: '`no-new-privileges` is always set; anything looser needs the permission `securityOpt`.',
    examples: [['no-new-privileges:true']],
  }),
  network_mode: optional(mode(['bridge', 'host', 'none']), {
    description:
      '`bridge`: networks of this service alone; `connects` says whom it reaches. `host` needs the permission `hostNetwork`.',
    default: 'bridge',
    examples: ['none'],
  }),
  pid: optional(mode(['host']), {
    description: 'Process namespace of the host. Needs the permission `hostPid`.',
    examples: ['host'],
  }),
  ipc: optional(mode(['private', 'shareable', 'host']), {
    description: 'IPC namespace. `host` needs the permission `hostIpc`.',
    default: 'private',
    examples: ['shareable'],
  }),
  devices: optional(deviceList, {
    description: 'Devices of the host. Needs the permission `devices`.',
    examples: [['/dev/ttyUSB0:/dev/ttyUSB0:rw']],
  }),
  ulimits: optional(ulimits, {
    description: 'Limits of the kernel per process.',
    examples: [{ nofile: { soft: 1024, hard: 65536 } }],
  }),
  sysctls: optional(sysctls, {
    description:
      'Kernel parameters of the container. Others than the safe ones need the permission `sysctls`.',
    examples: [{ 'net.ipv4.ip_unprivileged_port_start': '0' }],
  }),
};

const networkAndLimitKeys = {
  extra_hosts: optional(extraHosts, {
    description: 'Further names: `NAME=ADDRESS`.',
    examples: [['db.internal=10.0.0.5']],
  }),
  dns: optional(dnsServers, { description: 'Name servers.', examples: [['10.0.0.2']] }),
  dns_search: optional(dnsSearch, { description: 'Search domains.', examples: [['internal.example.com']] }),
  shm_size: optional(byteSize, { description: 'Size of /dev/shm.', examples: ['128m'] }),
  oom_score_adj: optional(z.int().min(-1000, 'is at least -1000').max(1000, 'is at most 1000'), {
    description:
      'How likely the kernel kills it when memory is short. Below 0 needs the permission `oomScore`.',
    examples: [500],
  }),
  mem_limit: optional(memoryLimit, {
    description: 'The same as resources.limits.memory.',
    examples: ['512m'],
  }),
  mem_reservation: optional(byteSize, {
    description: 'The same as resources.requests.memory.',
    examples: ['256m'],
  }),
  cpus: optional(cpuLimit, { description: 'The same as resources.limits.cpus.', examples: ['0.5'] }),
  pids_limit: optional(z.int().min(-1, 'is at least -1 (no limit)'), {
    description:
      'Processes and threads at most. More than the default, or -1 for no limit, needs the permission `pidsLimit`.',
    default: DEFAULTS.pidsLimit,
    examples: [200],
  }),
};

export const containerKeys = {
  ...programKeys,
  ...mountAndPortKeys,
  ...lifecycleKeys,
  ...isolationKeys,
  ...networkAndLimitKeys,
};
