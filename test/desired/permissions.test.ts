// What a container may do to its host. The level `baseline` is free; each step beyond it needs its
// permission; some things nothing allows.

import { describe, expect, it, test } from 'vitest';
import { service } from '../manifest/reading.ts';
import { namespace, problemsOf, source } from './resolving.ts';

/** The problems of a service with these keys in a namespace with those. */
const verdict = (keys: string, namespaceKeys = 'level: baseline'): readonly string[] =>
  problemsOf(source({ 'web.yaml': service(keys), 'ns.yaml': namespace('default', namespaceKeys) }));

describe('anything looser than baseline needs a permission (CIS Docker Benchmark 5, Pod Security Standards)', () => {
  it.each([
    ['privileged: true', 'privileged', '6:15'],
    ['network_mode: host', 'hostNetwork', '6:17'],
    ['pid: host', 'hostPid', '6:8'],
    ['ipc: host', 'hostIpc', '6:8'],
    ['devices: [/dev/fuse]', 'devices', '6:12'],
    ['cap_add: [NET_ADMIN]', 'capabilities', '6:12'],
    ['cap_add: [ALL]', 'capabilities', '6:12'],
    ['security_opt: ["no-new-privileges:false"]', 'securityOpt', '6:17'],
    ['security_opt: ["seccomp=unconfined"]', 'securityOpt', '6:17'],
    ['security_opt: ["apparmor=unconfined"]', 'securityOpt', '6:17'],
    ['security_opt: ["label=disable"]', 'securityOpt', '6:17'],
    ['sysctls: { net.core.somaxconn: 1 }', 'sysctls', '6:12'],
    ['pids_limit: -1', 'pidsLimit', '6:15'],
    ['pids_limit: 1025', 'pidsLimit', '6:15'],
    ['oom_score_adj: -1', 'oomScore', '6:18'],
    ['volumes: ["/var/run/docker.sock:/s"]', 'dockerSocket', '6:13'],
    ['volumes: ["/run/docker.sock:/s:ro"]', 'dockerSocket', '6:13'],
    ['volumes: ["/run/user/1000/docker.sock:/s"]', 'dockerSocket', '6:13'],
    ['volumes: ["/run/containerd/containerd.sock:/s"]', 'dockerSocket', '6:13'],
    ['volumes: ["/srv/podman/podman.sock:/s"]', 'dockerSocket', '6:13'],
  ])('%s needs %s', (keys, permission, place) => {
    expect(verdict(keys)).toEqual([`web.yaml:${place} manifest/permission`]);
    expect(verdict(keys, `permissions: [${permission}]`)).toEqual([]);
    expect(verdict(keys, 'permissions: [hostPath]\nhostPaths: [/srv]')).toEqual([
      `web.yaml:${place} manifest/permission`,
    ]);
  });

  it.each([
    'privileged: false',
    'network_mode: none',
    'ipc: shareable',
    'cap_drop: [ALL]\ncap_add: [CHOWN, NET_BIND_SERVICE, SETUID]',
    'security_opt: [no-new-privileges]',
    'sysctls: { net.ipv4.ip_unprivileged_port_start: 0 }',
    'pids_limit: 100',
    'oom_score_adj: 500',
    'read_only: true\nuser: "0"',
    'volumes: ["data:/data"]\ntmpfs: /tmp',
  ])('%j is free', (keys) => {
    expect(verdict(keys)).toEqual([]);
  });
});

describe('Portainer CVE-2026-44849, Nomad CVE-2026-7474: paths of a host', () => {
  const ALLOWED = 'permissions: [hostPath]\nhostPaths: [/srv/shop, /mnt]';
  it.each(['/srv/shop', '/srv/shop/a', '/srv/shop/', '/srv//shop/./a', '/mnt', '/mnt/x/y'])(
    '%s is allowed by its prefix',
    (path) => {
      expect(verdict(`volumes: ["${path}:/x"]`, ALLOWED)).toEqual([]);
      expect(verdict(`volumes: ["${path}:/x"]`)).toEqual(['web.yaml:6:13 manifest/permission']);
    },
  );

  it.each(['/srv', '/srv/shopping', '/srv/sho', '/home/x', '/opt/app'])(
    '%s lies outside of the prefixes',
    (path) => {
      expect(verdict(`volumes: ["${path}:/x"]`, ALLOWED)).toEqual(['web.yaml:6:13 manifest/permission']);
    },
  );

  const EVERYTHING = `permissions: [privileged, hostNetwork, hostPid, hostIpc, hostPath, dockerSocket, devices, capabilities]\nhostPaths: [/]`;
  it.each([
    '/',
    '//',
    '/.',
    '/etc',
    '/etc/',
    '/etc/shadow',
    '//etc//passwd',
    '/./etc',
    '/proc',
    '/proc/1/root',
    '/sys',
    '/sys/fs/cgroup',
    '/dev',
    '/dev/sda',
    '/boot',
    '/root',
    '/root/.ssh',
    '/run',
    '/var/run',
    '/var',
    '/var/lib',
    '/var/lib/docker',
    '/var/lib/docker/volumes/x/_data',
    '/var/lib/containerd',
    '/usr/bin',
    '/bin',
    '/lib64',
    '/run/systemd',
  ])('%s is mounted by nobody', (path) => {
    expect(verdict(`volumes: ["${path}:/x"]`, EVERYTHING)).toEqual(['web.yaml:6:13 manifest/permission']);
    expect(verdict(`volumes: [{ type: bind, source: "${path}", target: /x }]`, EVERYTHING)).toEqual([
      'web.yaml:6:13 manifest/permission',
    ]);
  });

  it.each(['/etc', '/var/run/x', '/proc/1', '/usr/share'])('%s as a prefix would allow nothing', (path) => {
    expect(verdict('', `permissions: [hostPath]\nhostPaths: [/srv, ${path}]`)).toEqual([
      'ns.yaml:6:21 manifest/permission',
    ]);
  });

  test('a path with `..` is refused before anything is compared', () => {
    expect(() => verdict('volumes: ["/srv/shop/../../etc:/x"]', EVERYTHING)).toThrow('manifest/path');
  });
});

describe('the level `restricted`', () => {
  it.each([
    ['', '5:3'],
    ['user: root', '6:9'],
    ['user: "0"', '6:9'],
    ['user: "00"', '6:9'],
    ['user: 0', '6:9'],
    ['user: "1000:0"', '6:9'],
    ['user: app', '6:9'],
    ['user: 1000\nread_only: false', '7:14'],
    ['user: 1000\ncap_add: [CHOWN]', '7:12'],
  ])('refuses %j', (keys, place) => {
    expect(verdict(keys, 'level: restricted')).toEqual([`web.yaml:${place} manifest/permission`]);
  });

  it.each(['user: 1000', 'user: "1000:1000"\ncap_add: [NET_BIND_SERVICE]', 'user: 1000\nread_only: true'])(
    'accepts %j',
    (keys) => {
      expect(verdict(keys, 'level: restricted')).toEqual([]);
    },
  );

  test('is not loosened by permissions', () => {
    expect(verdict('user: 1000\nprivileged: true', 'level: restricted\npermissions: [privileged]')).toEqual([
      'web.yaml:7:15 manifest/permission',
    ]);
  });
});

describe('CVE-2025-55190: only a source with `fleet: true` defines what loosens a permission', () => {
  const fleet = source({ 'ns.yaml': namespace('shop', 'level: baseline') }, { id: 'fleet' });
  const shop = (files: Readonly<Record<string, string>>) => source(files, { id: 'shop', fleet: false });

  it.each([
    ['a Namespace', namespace('shop', 'permissions: [privileged]')],
    ['a Namespace of its own', namespace('mine', 'permissions: [privileged]')],
    [
      'a Host',
      'apiVersion: plimsoll.dev/v1\nkind: Host\nmetadata: { name: h9 }\nspec: { address: "unix:///s" }\n',
    ],
  ])('%s in another source is refused', (_, text) => {
    expect(problemsOf(fleet, shop({ 'x.yaml': text }))).toEqual(['x.yaml:2:7 manifest/permission']);
  });

  test('Argo Workflows CVE-2026-31892: what the namespace gives by default is checked with what the service says', () => {
    const files = { 'web.yaml': service('cap_add: [NET_BIND_SERVICE, CHOWN]\nuser: 1000') };
    expect(problemsOf(source({ ...files, 'ns.yaml': namespace('default', 'level: restricted') }))).toEqual([
      'web.yaml:6:12 manifest/permission',
    ]);
  });
});
