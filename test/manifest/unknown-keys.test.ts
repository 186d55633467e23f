// The schema is closed: a key that is not known is an error at its place, with the key that was meant or
// what takes its place.

import { describe, expect, it, test } from 'vitest';
import { keysAt } from '../../src/manifest/json-schema.ts';
import { UNSUPPORTED_SERVICE_KEYS } from '../../src/manifest/unsupported.ts';
import { manifest, placeAndCode, read, service } from './reading.ts';

/** Place, code and hint of the only problem. */
function verdict(text: string): string {
  const { problems } = read({ 'm.yaml': text });
  const [found, ...more] = problems;
  if (found === undefined || more.length > 0) return `${problems.length} problems`;
  return `${placeAndCode(found).replace('m.yaml:', '')} → ${found.hint}`;
}

describe('Argo Workflows CVE-2026-31892: no key outside the schema gets through, at any depth', () => {
  it.each([
    ['replica: 3', '6:3 manifest/unknown-key → Did you mean `replicas`?'],
    ['comand: x', '6:3 manifest/unknown-key → Did you mean `command`?'],
    ['enviroment: {}', '6:3 manifest/unknown-key → Did you mean `environment`?'],
    ['stopGracePeriod: 5s', '6:3 manifest/unknown-key → Did you mean `stop_grace_period`?'],
    ['depends-on: [db]', '6:3 manifest/unknown-key → Did you mean `dependsOn`?'],
    ['env: {}', '6:3 manifest/unknown-key → Did you mean `environment`?'],
    ['readinessProbe: {}', '6:3 manifest/unknown-key → Did you mean `readiness`?'],
    ['nodeSelector: {}', '6:3 manifest/unknown-key → Did you mean `placement`?'],
    ['podSpecPatch: "{}"', '6:3 manifest/unknown-key → Remove the key or correct its spelling.'],
    ['x-anything: 1', '6:3 manifest/unknown-key → Remove the key or correct its spelling.'],
    ['rollout: { maxsurge: 1 }', '6:14 manifest/unknown-key → Did you mean `maxSurge`?'],
    [
      'rollout: { breaker: { maximum: 1 } }',
      '6:25 manifest/unknown-key → Remove the key or correct its spelling.',
    ],
    ['resources: { limits: { memroy: 64m } }', '6:26 manifest/unknown-key → Did you mean `memory`?'],
    ['healthcheck: { test: x, intervall: 5s }', '6:27 manifest/unknown-key → Did you mean `interval`?'],
    ['ports: [{ target: 80, hostIp: 127.0.0.1 }]', '6:25 manifest/unknown-key → Did you mean `host_ip`?'],
    [
      'volumes: [{ type: tmpfs, target: /x, tmpfs: { siz: 1m } }]',
      '6:49 manifest/unknown-key → Did you mean `size`?',
    ],
    ['readiness: { tcp: { prot: 80 } }', '6:23 manifest/unknown-key → Did you mean `port`?'],
    ['placement: { tolerations: [{ keys: a }] }', '6:32 manifest/unknown-key → Did you mean `key`?'],
    ['logging: { driver: local, option: {} }', '6:29 manifest/unknown-key → Did you mean `options`?'],
    [
      'ulimits: { nofile: { soft: 1, hard: 2, max: 3 } }',
      '6:42 manifest/unknown-key → Remove the key or correct its spelling.',
    ],
  ])('%s', (keys, expected) => {
    // A map that lacks a required key because it is misspelled has a second problem.
    expect(verdict(service(keys)).replace(/^2 problems$/, verdictOfUnknown(service(keys)))).toBe(expected);
  });

  it.each([
    [
      'the envelope',
      `${service('replicas: 1')}status: {}\n`,
      '7:1 manifest/unknown-key → Remove the key or correct its spelling.',
    ],
    [
      'metadata',
      service('replicas: 1').replace('name: web', 'name: web, label: {}'),
      '3:24 manifest/unknown-key → Did you mean `labels`?',
    ],
    [
      'metadata of a Host',
      manifest('Host', 'h, namespace: a', 'address: unix:///s'),
      '3:22 manifest/unknown-key → Remove the key or correct its spelling.',
    ],
    [
      'a Host',
      manifest('Host', 'h', 'address: unix:///s\ntaint: []'),
      '6:3 manifest/unknown-key → Did you mean `taints`?',
    ],
    [
      'a Namespace',
      manifest('Namespace', 'n', 'default: {}'),
      '5:3 manifest/unknown-key → Did you mean `defaults`?',
    ],
    [
      'a Config',
      manifest('Config', 'c', 'data: {}\nfile: []'),
      '6:3 manifest/unknown-key → Did you mean `files`?',
    ],
  ])('%s', (_, text, expected) => {
    expect(verdict(text)).toBe(expected);
  });
});

function verdictOfUnknown(text: string): string {
  const found = read({ 'm.yaml': text }).problems.find((one) => one.code === 'manifest/unknown-key');
  return found === undefined ? 'none' : `${placeAndCode(found).replace('m.yaml:', '')} → ${found.hint}`;
}

/** Every key of a service in the Compose specification (schema of 2025). */
const COMPOSE_SERVICE_KEYS = (
  'annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs ' +
  'container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus ' +
  'cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search ' +
  'domainname entrypoint env_file environment expose extends external_links extra_hosts gpus group_add ' +
  'healthcheck hostname image init ipc isolation label_file labels links logging mac_address mem_limit ' +
  'mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable ' +
  'oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider ' +
  'pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open ' +
  'stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts ' +
  'volumes volumes_from working_dir'
).split(' ');

test('every key of a Compose service is either honoured or refused with what takes its place', () => {
  const honoured = new Set(keysAt('Service', ['spec']));
  for (const key of COMPOSE_SERVICE_KEYS) {
    const refused = Object.hasOwn(UNSUPPORTED_SERVICE_KEYS, key);
    expect([key, honoured.has(key), refused]).toEqual([key, !refused, refused]);
    if (refused) expect(verdict(service(`${key}: x`))).toMatch(/^6:3 manifest\/unsupported → .+\.$/);
  }
});
