// Whatever the bytes are, reading them gives documents or problems with a place: never an exception.

import fc from 'fast-check';
import { test } from 'vitest';
import { read } from './reading.ts';

function checkReading(content: string | Uint8Array): boolean {
  const { documents, problems } = read({ 'm.yaml': content });
  const placed = problems.every(({ span }) => span?.file === 'm.yaml' && span.line >= 1 && span.column >= 1);
  return placed && documents.every((document) => document.file === 'm.yaml');
}

const RUNS = { numRuns: 300 };

/** Words of our own, so that random documents get past the first checks. */
const word = fc.constantFrom(
  'apiVersion',
  'plimsoll.dev/v1',
  'kind',
  'Service',
  'Host',
  'Config',
  'Namespace',
  'metadata',
  'name',
  'namespace',
  'labels',
  'spec',
  'image',
  'nginx:1',
  'ports',
  '80:80',
  'volumes',
  'a:/b',
  'environment',
  'files',
  'data',
  'address',
  'ssh://a@b',
  'replicas',
  'rollout',
  'readiness',
  'tcp',
  'port',
  'placement',
  'hosts',
  '10s',
  '5m',
);
const { tree: value } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    word,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.string({ maxLength: 6 })), tie('tree'), { maxKeys: 6 }),
  ),
}));

test('any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => checkReading(bytes)),
    RUNS,
  );
});

test('any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => checkReading(text)),
    RUNS,
  );
});

test('any text of the characters that YAML gives a meaning', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a1 \n\t:-?[]{},&*!|>\'"%@`#~.<='), maxLength: 120 });
  fc.assert(
    fc.property(text, (one) => checkReading(one)),
    { numRuns: 1_500 },
  );
});

test('any JSON', () => {
  fc.assert(
    fc.property(fc.json(), (json) => checkReading(json)),
    RUNS,
  );
});

test('any document with our envelope', () => {
  const document = fc.record({
    apiVersion: fc.constant('plimsoll.dev/v1'),
    kind: fc.constantFrom('Service', 'Host', 'Namespace', 'Config', 'Route'),
    metadata: fc.oneof(fc.constant({ name: 'web' }), value),
    spec: value,
  });
  fc.assert(
    fc.property(document, (one) => checkReading(JSON.stringify(one))),
    { numRuns: 1_000 },
  );
});

test('any value at any key of a service', () => {
  const keys = fc.constantFrom(
    'command',
    'environment',
    'ports',
    'expose',
    'volumes',
    'tmpfs',
    'configs',
    'healthcheck',
    'ulimits',
    'sysctls',
    'extra_hosts',
    'dns',
    'logging',
    'devices',
    'security_opt',
    'rollout',
    'placement',
    'resources',
    'readiness',
    'drift',
    'dependsOn',
    'serves',
    'allowFrom',
    'connects',
    'user',
    'stop_signal',
    'mem_limit',
    'cpus',
    'pids_limit',
    'labels',
    'cap_add',
  );
  const document = fc
    .dictionary(keys, fc.oneof(value, fc.string(), fc.array(fc.string())), { maxKeys: 4 })
    .map((spec) => ({
      apiVersion: 'plimsoll.dev/v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { image: 'nginx:1', ...spec },
    }));
  fc.assert(
    fc.property(document, (one) => checkReading(JSON.stringify(one))),
    { numRuns: 1_500 },
  );
});
