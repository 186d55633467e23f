// What a container may do to its host, checked on the final merged spec: the level `baseline` is free,
// anything looser needs a permission of the namespace, and the level `restricted` takes more away.

import { type Problem, problem } from '../kernel/errors.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import type { Path } from '../manifest/position.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { NamespaceSpec, Permission } from '../manifest/schema/namespace.ts';
import type { ContainerSpec } from './container.ts';
import { bindClass, isWithin, resolveUsualLinks } from './host-paths.ts';

/** Docker's default set: taking one of them back after `cap_drop: [ALL]` loosens nothing. */
const DEFAULT_CAPABILITIES = new Set(
  (
    'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID ' +
    'SETPCAP SETUID SYS_CHROOT'
  ).split(' '),
);

/** The namespaced parameters that Kubernetes' baseline allows. */
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
]);

interface Need {
  readonly permission: Permission;
  /** What is wanted, in the words of the manifest. */
  readonly what: string;
  readonly path: Path;
}

export function checkPermissions(
  document: DocumentOf<'Service'>,
  container: ContainerSpec,
  namespace: NamespaceSpec,
): readonly Problem[] {
  const granted = new Set(namespace.permissions ?? []);
  const name = document.manifest.metadata.namespace ?? DEFAULTS.namespace;
  const missing = needs(container)
    .filter((need) => !granted.has(need.permission))
    .map((need) =>
      problem(
        'manifest/permission',
        `${need.what} needs the permission \`${need.permission}\` of namespace ${name}`,
        {
          span: valueSpan(document, need.path),
        },
      ),
    );
  const paths = checkHostPaths(document, container, namespace);
  return [
    ...missing,
    ...paths,
    ...(namespace.level === 'restricted' ? checkRestricted(document, container, name) : []),
  ];
}

function needs(container: ContainerSpec): readonly Need[] {
  const found: Need[] = [];
  const need = (when: boolean, permission: Permission, what: string, ...path: Path): void => {
    if (when) found.push({ permission, what, path: ['spec', ...path] });
  };
  need(container.privileged, 'privileged', 'a privileged container', 'privileged');
  need(container.networkMode === 'host', 'hostNetwork', 'the network of the host', 'network_mode');
  need(container.pidMode === 'host', 'hostPid', 'the process namespace of the host', 'pid');
  need(container.ipcMode === 'host', 'hostIpc', 'the IPC namespace of the host', 'ipc');
  need(container.devices.length > 0, 'devices', 'a device of the host', 'devices');
  const further = container.capAdd.filter((capability) => !DEFAULT_CAPABILITIES.has(capability));
  need(further.length > 0, 'capabilities', `the capability ${further.join(', ')}`, 'cap_add');
  const looser = container.securityOpt.filter((option) => option !== 'no-new-privileges:true');
  need(looser.length > 0, 'securityOpt', looser.join(', '), 'security_opt');
  const unsafe = Object.keys(container.sysctls).filter((parameter) => !SAFE_SYSCTLS.has(parameter));
  need(unsafe.length > 0, 'sysctls', `the kernel parameter ${unsafe.join(', ')}`, 'sysctls');
  const pids = container.limits.pids;
  need(
    pids === null || pids > DEFAULTS.pidsLimit,
    'pidsLimit',
    `more than ${DEFAULTS.pidsLimit} processes`,
    'pids_limit',
  );
  need((container.oomScoreAdj ?? 0) < 0, 'oomScore', 'an oom_score_adj below 0', 'oom_score_adj');
  return found;
}

function checkHostPaths(
  document: DocumentOf<'Service'>,
  container: ContainerSpec,
  namespace: NamespaceSpec,
): readonly Problem[] {
  return container.mounts.flatMap((mount, index) => {
    if (mount.kind !== 'bind') return [];
    const because = refusal(mount.source, namespace);
    // Volumes come first among the mounts, in the order in which they are written.
    const span = valueSpan(document, ['spec', 'volumes', index]);
    return because === null
      ? []
      : [problem('manifest/permission', `${mount.source}: ${because.message}`, { span, hint: because.hint })];
  });
}

function refusal(
  source: string,
  namespace: NamespaceSpec,
): { readonly message: string; readonly hint: string } | null {
  const granted = namespace.permissions ?? [];
  const kind = bindClass(source);
  if (kind === 'denied') {
    return {
      message: 'this directory of the system is never mounted',
      hint: 'Mount a directory of its own, such as /srv/NAME.',
    };
  }
  if (kind === 'engine-socket') {
    if (granted.includes('dockerSocket')) return null;
    return {
      message: 'the socket of the engine needs the permission `dockerSocket`; it equals root on the host',
      hint: 'Allow it in the Namespace (spec.permissions), or remove it.',
    };
  }
  if (!granted.includes('hostPath')) {
    return {
      message: 'a path of the host needs the permission `hostPath`',
      hint: 'Use a named volume, or allow it in the Namespace (spec.permissions and spec.hostPaths).',
    };
  }
  const real = resolveUsualLinks(source);
  if ((namespace.hostPaths ?? []).some((allowed) => isWithin(real, resolveUsualLinks(allowed)))) return null;
  return {
    message: 'lies outside the hostPaths of the namespace',
    hint: 'Add its directory to spec.hostPaths of the Namespace.',
  };
}

function checkRestricted(
  document: DocumentOf<'Service'>,
  container: ContainerSpec,
  name: string,
): readonly Problem[] {
  const refuse = (key: string, message: string): Problem =>
    problem('manifest/permission', `spec.${key}: namespace ${name} is restricted: ${message}`, {
      span: valueSpan(document, ['spec', key]),
      hint: 'Change the service, or the level of the Namespace.',
    });
  const found: Problem[] = [];
  // A name, or a number spelled in another way, could stand for root inside the image.
  if (container.user === null || !/^[1-9]\d*(:[1-9]\d*)?$/.test(container.user)) {
    found.push(refuse('user', 'a numeric user other than 0 is needed'));
  }
  if (!container.readOnly) found.push(refuse('read_only', 'the root file system stays read-only'));
  if (container.capAdd.some((capability) => capability !== 'NET_BIND_SERVICE')) {
    found.push(refuse('cap_add', 'no capability but NET_BIND_SERVICE can be added'));
  }
  if (container.privileged) found.push(refuse('privileged', 'no privileged containers'));
  return found;
}
