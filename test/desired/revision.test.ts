// What makes a new revision, and what does not: a commit that changes nothing of a container must not
// re-create it, and neither must a new version of Plimsoll.

import { describe, expect, it, test } from 'vitest';
import { makeRevision } from '../../src/desired/revision.ts';
import { manifest, service } from '../manifest/reading.ts';
import { desiredOf, HOST, named, namespace, serviceOf } from './resolving.ts';

const image = { kind: 'digest', digest: `sha256:${'a'.repeat(64)}` } as const;
const BASE = 'mem_limit: 64m';
const found = (keys: string, namespaceKeys: string | null = null) => {
  const one = serviceOf(keys, namespaceKeys);
  return { revision: makeRevision(one.container, image).id, spec: one.specHash };
};

test('the revision of a given manifest is the same in every version of Plimsoll', () => {
  const keys =
    'ports: ["8080-8089:80"]\nenvironment: { B: 1, A: 2 }\nvolumes: ["data:/data"]\nreadiness: { tcp: { port: 80 } }';
  expect(found(keys)).toEqual({
    revision: '96ebd0542935',
    spec: 'aa8cb5904bdb4337dfc005020745fb057b11d7a296893ccc907d03b803aa7968',
  });
});

describe('is no part of a revision, and is part of what is looked at', () => {
  it.each([
    'replicas: 7',
    'rollout: { maxSurge: 3 }',
    'placement: { maxPerHost: 1 }',
    'placement: { hosts: { role: app } }',
    'readiness: { tcp: { port: 80 } }',
    'drift: { mode: report }',
    'serves: [80/http]',
    'serves: [80/tcp]\nallowFrom: [shop]',
  ])('%s', (keys) => {
    const [before, after] = [found(BASE), found(`${BASE}\n${keys}`)];
    expect(after.revision).toBe(before.revision);
    expect(after.spec).not.toBe(before.spec);
  });
});

describe('of who connects to another service', () => {
  const API = 'serves: [80/http, 81/tcp]';
  /** Revision and hash of a service with these keys beside one that serves ports. */
  const connected = (keys: string, api = API) => {
    const files = { 'api.yaml': named('api', api), 'web.yaml': service(`${BASE}\n${keys}`) };
    const one = [...desiredOf(files).services.values()].find(({ name }) => name === 'web');
    if (one === undefined) throw new Error('no service');
    return { revision: makeRevision(one.container, image).id, spec: one.specHash };
  };
  const ONE = 'connects: [{ service: api, port: 80 }]';

  it.each([
    ['the first connection', '', ONE],
    ['another port', ONE, 'connects: [{ service: api, port: 81 }]'],
    ['another name', ONE, 'connects: [{ service: api, port: 80, as: back }]'],
    ['a further port', ONE, 'connects: [{ service: api, port: 80 }, { service: api, port: 81 }]'],
    [
      'the port that the variable names',
      'connects: [{ service: api, port: 80 }, { service: api, port: 81 }]',
      'connects: [{ service: api, port: 81 }, { service: api, port: 80 }]',
    ],
  ])('%s makes a new revision', (_, before, after) => {
    expect(connected(after).revision).not.toBe(connected(before).revision);
    expect(connected(after).spec).not.toBe(connected(before).spec);
  });

  it.each([
    ['a connection written in another way', 'connects: [api]', 'connects: [{ service: api, port: 80 }]'],
    ['a list without entries', '', 'connects: []\nserves: []\nallowFrom: []'],
  ])('%s changes nothing', (_, before, after) => {
    expect(connected(after, 'serves: [80/http]')).toEqual(connected(before, 'serves: [80/http]'));
  });

  test('a provider that serves another port in its place makes a new one, and one that serves more does not', () => {
    const before = connected('connects: [api]', 'serves: [80/http]');
    expect(connected('connects: [api]', 'serves: [82/http]').revision).not.toBe(before.revision);
    expect(connected(ONE, 'serves: [80/http, 82/http]')).toEqual(before);
    expect(connected(ONE, 'serves: [80/tcp]\nreplicas: 4')).toEqual(before);
  });
});

describe('makes a new revision', () => {
  it.each([
    'environment: { A: x }',
    'command: [a]',
    'entrypoint: []',
    'ports: [80]',
    'labels: { a: b }',
    'user: 1',
    'read_only: true',
    'cap_drop: [ALL]',
    'init: true',
    'stop_grace_period: 1s',
    'healthcheck: { test: x }',
    'cpus: 1',
    'pids_limit: 9',
    'logging: { options: { max-size: 1m } }',
    'volumes: ["data:/x"]',
  ])('%s', (keys) => {
    const [before, after] = [found(BASE), found(`${BASE}\n${keys}`)];
    expect(after.revision).not.toBe(before.revision);
    expect(after.spec).not.toBe(before.spec);
  });
});

describe('changes nothing at all', () => {
  it.each([
    ['a comment and an empty line', `${BASE}\n# more`, null],
    ['another way of writing', 'resources: { limits: { memory: 65536k } }', null],
    ['a default written out', `${BASE}\nreplicas: 1\ninit: false\npids_limit: 1024`, null],
    ['a limit on the whole namespace', BASE, 'limits: { services: 5 }'],
    [
      'a default of the namespace that the service has already',
      BASE,
      'defaults: { resources: { limits: { memory: 1g } } }',
    ],
    ['a permission that it does not use', BASE, 'permissions: [privileged]'],
  ])('%s', (_, keys, namespaceKeys) => {
    expect(found(keys, namespaceKeys)).toEqual(found(BASE));
  });

  test('the order of keys, and moving the document to another file', () => {
    const [a, b] = [
      'mem_limit: 64m\nenvironment: { A: 1, B: 2 }',
      'environment: { B: 2, A: 1 }\nmem_limit: 64m',
    ].map((keys, index) => {
      const { services } = desiredOf({ [`dir${index}/x.yaml`]: `---\n---\n${service(keys)}` });
      return [...services.values()][0]?.specHash;
    });
    expect(a).toBe(b);
  });

  test('a mounted Config that changes is a new revision of its service alone', () => {
    const services = (text: string) => {
      const files = {
        'c.yaml': manifest('Config', 'conf', `data: { a: ${text} }`),
        'w.yaml': service('configs: [conf]'),
        'x.yaml': service('').replace('web', 'other'),
        'h.yaml': HOST,
        'n.yaml': namespace('shop', 'level: baseline'),
      };
      return [...desiredOf(files).services.values()].map((one) => makeRevision(one.container, image).id);
    };
    const [before, after] = [services('x'), services('y')];
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });
});
