// The keys by which services find each other: what is written and what is read, and what is refused at which
// place and why.

import { describe, expect, it } from 'vitest';
import { problemsIn, read, service, specOf } from './reading.ts';

/** What is said of the only problem, and what to do. */
function saidOf(keys: string): string {
  const { problems } = read({ 'm.yaml': service(keys) });
  return problems.map(({ message, hint }) => `${message} → ${hint}`).join('\n');
}

const CORRECT = 'Correct the value; `plimsoll schema` prints what is allowed.';

describe('serves', () => {
  const port = (number: number, protocol: string) => ({ port: number, protocol });

  it.each([
    ['[8080/http]', [port(8080, 'http')]],
    ['[8080/http, "5432/tcp"]', [port(8080, 'http'), port(5432, 'tcp')]],
    ['[{ port: 8080, protocol: http }, 1/tcp]', [port(8080, 'http'), port(1, 'tcp')]],
    ['[65535/tcp]', [port(65_535, 'tcp')]],
    ['[]', []],
  ])('serves: %s', (text, expected) => {
    expect(specOf(`serves: ${text}`).serves).toEqual(expected);
  });

  it.each([
    ['[8080]', '6:12 manifest/invalid-value'],
    ['["8080"]', '6:12 manifest/invalid-value'],
    ['[8080/grpc]', '6:12 manifest/invalid-value'],
    ['[8080/]', '6:12 manifest/invalid-value'],
    ['[http/8080]', '6:12 manifest/invalid-value'],
    ['[0/http]', '6:12 manifest/invalid-value'],
    ['[65536/http]', '6:12 manifest/invalid-value'],
    ['[{ port: 80 }]', '6:12 manifest/invalid-value'],
    ['[{ port: 0, protocol: tcp }]', '6:20 manifest/invalid-value'],
    ['[{ port: 80, protocol: udp }]', '6:34 manifest/invalid-value'],
    ['[{ port: 80, protocol: tcp, name: web }]', '6:39 manifest/unknown-key'],
    ['[80/http, 81/http, 80/tcp]', '6:30 manifest/duplicate'],
    ['80/http', '6:11 manifest/invalid-value'],
    [`[${Array.from({ length: 17 }, (_, at) => `${at + 1}/tcp`)}]`, '6:11 manifest/invalid-value'],
  ])('refused: serves: %s', (text, expected) => {
    expect(problemsIn(service(`serves: ${text}`))).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    ['[8080]', `spec.serves[0]: say the protocol, too: \`8080/http\` or \`8080/tcp\` → ${CORRECT}`],
    [
      '[8080/grpc]',
      'spec.serves[0]: `8080/grpc`: the protocol is `http` or `tcp` → Write `8080/http` for HTTP/1.1 and websockets, or `8080/tcp` for anything else.',
    ],
    [
      '[web]',
      `spec.serves[0]: \`web\` is not a port with its protocol, such as \`8080/http\` or \`5432/tcp\` → ${CORRECT}`,
    ],
    ['[true]', `spec.serves[0]: expected a string or a map, got \`true\` → ${CORRECT}`],
    ['[0]', `spec.serves[0]: expected a string or a map, got a number → ${CORRECT}`],
  ])('serves: %s is told', (text, expected) => {
    expect(saidOf(`serves: ${text}`)).toBe(expected);
  });
});

describe('allowFrom', () => {
  const SERVES = 'serves: [80/http]\nallowFrom: ';
  it.each([
    ['[shop]', [{ namespace: 'shop', service: null }]],
    [
      '[shop/cart, shop]',
      [
        { namespace: 'shop', service: 'cart' },
        { namespace: 'shop', service: null },
      ],
    ],
    ['[]', []],
  ])('allowFrom: %s', (text, expected) => {
    expect(specOf(`${SERVES}${text}`).allowFrom).toEqual(expected);
  });

  it.each([
    ['["*"]', '7:15 manifest/invalid-value'],
    ['[shop/]', '7:15 manifest/invalid-value'],
    ['[Shop]', '7:15 manifest/invalid-value'],
    ['[a/b/c]', '7:15 manifest/invalid-value'],
    ['[{ namespace: shop }]', '7:15 manifest/invalid-value'],
    ['shop', '7:14 manifest/invalid-value'],
    ['[shop, shop]', '7:21 manifest/duplicate'],
    ['[a/b, shop, a/b]', '7:26 manifest/duplicate'],
  ])('refused: allowFrom: %s', (text, expected) => {
    expect(problemsIn(service(`${SERVES}${text}`))).toEqual([`m.yaml:${expected}`]);
  });

  it.each(['allowFrom: [shop]', 'allowFrom: [shop]\nserves: []'])(
    'says nothing without a port to connect to: %j',
    (keys) => {
      expect(saidOf(keys)).toBe(
        'spec.allowFrom: allows connections to a service that serves nothing → Name the ports under `serves`, or remove it.',
      );
    },
  );
});

describe('connects', () => {
  const entry = (service: string, rest: object = {}) => ({
    service,
    namespace: null,
    port: null,
    as: null,
    ...rest,
  });

  it.each([
    ['[api]', [entry('api')]],
    ['[shop/cart]', [entry('cart', { namespace: 'shop' })]],
    ['[{ service: db, port: 5432 }]', [entry('db', { port: 5432 })]],
    [
      '[{ service: cart, namespace: shop, port: 8080, as: basket }, api]',
      [entry('cart', { namespace: 'shop', port: 8080, as: 'basket' }), entry('api')],
    ],
    ['[]', []],
  ])('connects: %s', (text, expected) => {
    expect(specOf(`connects: ${text}`).connects).toEqual(expected);
  });

  it.each([
    ['[Api]', '6:14 manifest/invalid-value'],
    ['["api:8080"]', '6:14 manifest/invalid-value'],
    ['[a/b/c]', '6:14 manifest/invalid-value'],
    ['[8080]', '6:14 manifest/invalid-value'],
    ['api', '6:13 manifest/invalid-value'],
    ['{ api: 8080 }', '6:13 manifest/invalid-value'],
    ['[{ port: 80 }]', '6:14 manifest/invalid-value'],
    ['[{ service: shop/cart }]', '6:25 manifest/invalid-value'],
    ['[{ service: api, port: 0 }]', '6:36 manifest/invalid-value'],
    ['[{ service: api, port: http }]', '6:36 manifest/invalid-value'],
    ['[{ service: api, as: a.b }]', '6:34 manifest/invalid-value'],
    ['[{ service: api, namespace: Shop }]', '6:41 manifest/invalid-value'],
    ['[{ service: api, alias: a }]', '6:30 manifest/unknown-key'],
    ['[{ service: api, protocol: http }]', '6:30 manifest/unsupported'],
  ])('refused: connects: %s', (text, expected) => {
    expect(problemsIn(service(`connects: ${text}`))).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    ['api:8080', 'A port is chosen with `{ service: NAME, port: PORT }`.'],
    ['Api', CORRECT],
  ])('connects: [%j] is told', (text, hint) => {
    expect(saidOf(`connects: ["${text}"]`)).toBe(
      `spec.connects[0]: \`${text}\` is neither SERVICE nor NAMESPACE/SERVICE → ${hint}`,
    );
  });

  it('keys that have no meaning here are told with what takes their place', () => {
    expect(saidOf('connects: [{ service: api, alias: a }]')).toBe(
      '`spec.connects[0].alias` is not a known key → Did you mean `as`?',
    );
    expect(saidOf('connects: [{ service: api, protocol: tcp }]')).toBe(
      '`spec.connects[0].protocol` is not supported → The service that is connected to says it under `serves`.',
    );
  });
});

it('every entry that is wrong is told, and none twice', () => {
  const keys =
    'serves: [8080/grpc, x, 80/http]\nallowFrom: ["*", "*", shop]\nconnects: [Api, { service: B }, ok]';
  expect(problemsIn(service(keys))).toEqual(
    ['6:12', '6:23', '7:15', '7:20', '8:14', '8:30'].map((place) => `m.yaml:${place} manifest/invalid-value`),
  );
});

describe('what needs a network of ours is refused without one', () => {
  it.each([
    ['network_mode: host\nserves: [80/http]', ['7:11']],
    ['network_mode: none\nserves: [80/http]', ['7:11']],
    ['network_mode: host\nconnects: [api]', ['7:13']],
    ['network_mode: none\nconnects: [api]\nserves: [80/tcp]', ['7:13', '8:11']],
    ['network_mode: host\nconnects: []\nserves: []', []],
    ['network_mode: bridge\nconnects: [api]\nserves: [80/tcp]', []],
  ])('%j', (keys, places) => {
    expect(problemsIn(service(keys))).toEqual(
      places.map((place) => `m.yaml:${place} manifest/invalid-value`),
    );
  });
});
