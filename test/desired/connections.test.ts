// What services say about connections to each other: who is meant, by which port, name and variables, and what
// stands in the way.

import { describe, expect, it, test } from 'vitest';
import { service } from '../manifest/reading.ts';
import { desiredOf, type Files, messageOf, named, namespace, problemsOf, source } from './resolving.ts';

const SHOP = { 'n.yaml': namespace('shop', 'level: baseline') };
/** Services that others connect to. */
const PROVIDERS: Files = {
  ...SHOP,
  'api.yaml': named('api', 'serves: [8080/http]'),
  'db.yaml': named('db', 'serves: [5432/tcp, 9187/http]'),
  'mute.yaml': named('mute', 'replicas: 1'),
  'cart.yaml': named('cart, namespace: shop', 'serves: [8080/http]\nallowFrom: [default]'),
  'own.yaml': named('own, namespace: shop', 'serves: [80/http]'),
  'one.yaml': named('one, namespace: shop', 'serves: [80/http]\nallowFrom: [default/job]'),
};

const files = (keys: string, more: Files = {}): Files => ({
  ...PROVIDERS,
  ...more,
  'web.yaml': service(keys),
});

function webOf(keys: string, more: Files = {}) {
  const found = [...desiredOf(files(keys, more)).services.values()].find(({ key }) => key === 'default/web');
  if (found === undefined) throw new Error('there is no web');
  return found.container;
}

/** `default/api:8080 as api, api.default` */
const connections = (keys: string, more: Files = {}): readonly string[] =>
  webOf(keys, more).connects.map(({ service: key, port, names }) => `${key}:${port} as ${names.join(', ')}`);

describe('a connection', () => {
  it.each<[string, string[], object]>([
    ['', [], {}],
    ['connects: []', [], {}],
    ['connects: [api]', ['default/api:8080 as api, api.default'], { API_HOST: 'api', API_PORT: '8080' }],
    [
      'connects: [default/api]',
      ['default/api:8080 as api, api.default'],
      { API_HOST: 'api', API_PORT: '8080' },
    ],
    [
      'connects: [{ service: api, as: back-end }]',
      ['default/api:8080 as back-end, api.default'],
      { BACK_END_HOST: 'back-end', BACK_END_PORT: '8080' },
    ],
    [
      'connects: [shop/cart]',
      ['shop/cart:8080 as cart.shop'],
      { CART_SHOP_HOST: 'cart.shop', CART_SHOP_PORT: '8080' },
    ],
    [
      'connects: [{ service: cart, namespace: shop, port: 8080, as: basket }]',
      ['shop/cart:8080 as basket, cart.shop'],
      { BASKET_HOST: 'basket', BASKET_PORT: '8080' },
    ],
    [
      'connects: [{ service: db, port: 9187 }, { service: db, port: 5432 }]',
      ['default/db:5432 as db, db.default', 'default/db:9187 as db, db.default'],
      { DB_HOST: 'db', DB_PORT: '9187', DB_PORT_5432: '5432', DB_PORT_9187: '9187' },
    ],
    [
      'connects: [{ service: db, port: 5432 }, { service: db, port: 9187, as: figures }]',
      ['default/db:5432 as db, db.default', 'default/db:9187 as figures, db.default'],
      { DB_HOST: 'db', DB_PORT: '5432', FIGURES_HOST: 'figures', FIGURES_PORT: '9187' },
    ],
    [
      'connects: [shop/cart, { service: db, port: 5432 }, api]',
      [
        'default/api:8080 as api, api.default',
        'default/db:5432 as db, db.default',
        'shop/cart:8080 as cart.shop',
      ],
      {
        CART_SHOP_HOST: 'cart.shop',
        CART_SHOP_PORT: '8080',
        DB_HOST: 'db',
        DB_PORT: '5432',
        API_HOST: 'api',
        API_PORT: '8080',
      },
    ],
  ])('%s', (keys, expected, environment) => {
    expect(connections(keys)).toEqual(expected);
    expect(webOf(keys).environment).toEqual(environment);
  });

  it('goes to the same service whatever the order in which it is written', () => {
    expect(connections('connects: [api, shop/cart]')).toEqual(connections('connects: [shop/cart, api]'));
  });

  it('does not touch a variable that the manifest sets', () => {
    const { environment } = webOf('connects: [api]\nenvironment: { API_HOST: 10.0.0.1, LOG: x }');
    expect(environment).toEqual({ API_HOST: '10.0.0.1', API_PORT: '8080', LOG: 'x' });
  });

  it('may be there in both directions', () => {
    const api = named('api', 'serves: [8080/http]\nconnects: [web]');
    expect(problemsOf(source(files('serves: [80/http]\nconnects: [api]', { 'api.yaml': api })))).toEqual([]);
  });

  it('waits for nothing', () => {
    const found = [...desiredOf(files('connects: [api]')).services.values()];
    expect(found.flatMap(({ dependsOn }) => dependsOn)).toEqual([]);
  });
});

describe('services that listen on the same port', () => {
  const provider = (name: string, ...ports: readonly number[]): Files => ({
    [`${name}.yaml`]: named(name, `serves: [${ports.map((port) => `${port}/tcp`).join(', ')}]`),
  });

  const many = (count: number) => {
    const names = Array.from({ length: count }, (_, at) => `p${at + 1}`);
    return {
      keys: `connects: [${names.join(', ')}]`,
      more: Object.fromEntries(names.flatMap((name) => Object.entries(provider(name, 80)))),
    };
  };

  test('eight of them', () => {
    const { keys, more } = many(8);
    expect(webOf(keys, more).connects).toHaveLength(8);
  });

  test('nine are too many', () => {
    const { keys, more } = many(9);
    const one = source(files(keys, more));
    expect(problemsOf(one)).toEqual(['web.yaml:6:46 manifest/limit']);
    expect(messageOf(one)).toBe(
      'default/p9 is one too many by port 80: at most 8 services can be connected to by the same port → Let some of these services serve another port.',
    );
  });
});

describe('a connection that cannot be is a problem at its line', () => {
  const AS = 'Give one of the two another name with `as`.';
  it.each([
    [
      'nobody has the name',
      '[api, apii]',
      '6:19 manifest/reference',
      'default/web connects to default/apii, which is not defined → Did you mean `default/api`?',
    ],
    [
      'another namespace has the name',
      '[cart]',
      '6:14 manifest/reference',
      'default/web connects to default/cart, which is not defined → Did you mean `shop/cart`?',
    ],
    [
      'the service is nowhere',
      '[nowhere/else]',
      '6:14 manifest/reference',
      'default/web connects to nowhere/else, which is not defined → Define what is referred to, or correct the name.',
    ],
    [
      'it serves nothing',
      '[mute]',
      '6:14 manifest/reference',
      'default/mute serves nothing → Add `serves: [PORT/http]` or `serves: [PORT/tcp]` to it (mute.yaml:5).',
    ],
    [
      'it serves several ports',
      '[db]',
      '6:14 manifest/invalid-value',
      'default/db serves several ports: 5432/tcp, 9187/http → Choose one with `port`, such as `{ service: db, port: 5432 }`.',
    ],
    [
      'it serves another port',
      '[{ service: db, port: 5433 }]',
      '6:14 manifest/reference',
      'default/db does not serve the port 5433, but 5432/tcp, 9187/http → Connect to one of these, or add it to `serves` of default/db (db.yaml:6).',
    ],
    [
      'another namespace lets nobody in',
      '[shop/own]',
      '6:14 manifest/permission',
      'shop/own does not let default/web connect → Add `allowFrom: [default/web]` to shop/own (own.yaml:5); `default` alone would let the whole namespace.',
    ],
    [
      'another namespace lets another service in',
      '[shop/one]',
      '6:14 manifest/permission',
      'shop/one does not let default/web connect → Add `default/web` to `allowFrom` of shop/one (one.yaml:7); `default` alone would let the whole namespace.',
    ],
    [
      'it is the service itself',
      '[web]',
      '6:14 manifest/invalid-value',
      'default/web connects to itself → Remove it: in the container the program itself is at `localhost`.',
    ],
    [
      'the same port is named twice',
      '[api, { service: api, port: 8080, as: other }]',
      '6:19 manifest/duplicate',
      'default/api is connected to twice by port 8080 → Remove one of the two.',
    ],
    [
      'two have one name',
      '[api, { service: cart, namespace: shop, as: api }]',
      '6:19 manifest/duplicate',
      `default/api and shop/cart would both have the name \`api\` → ${AS}`,
    ],
    [
      'two have one variable',
      '[{ service: api, as: cart-shop }, shop/cart]',
      '6:47 manifest/duplicate',
      `default/api and shop/cart would both have the variable CART_SHOP_HOST → ${AS}`,
    ],
    [
      'the name is that of the service itself',
      '[{ service: api, as: web }]',
      '6:14 manifest/duplicate',
      'the name `web` is taken: it is that of the service itself → Give the connection another name with `as`.',
    ],
    [
      'the name means the container itself',
      '[{ service: api, as: localhost }]',
      '6:14 manifest/duplicate',
      'the name `localhost` is taken: it is the container itself → Give the connection another name with `as`.',
    ],
    [
      'extra_hosts has the name',
      '[api]\nextra_hosts: [API=10.0.0.1]',
      '6:14 manifest/duplicate',
      'the name `api` is taken: `extra_hosts` gives it to an address → Remove `API` from `extra_hosts`.',
    ],
    [
      'extra_hosts has the name with its namespace',
      '[shop/cart]\nextra_hosts: { cart.shop: "::1" }',
      '6:14 manifest/duplicate',
      'the name `cart.shop` is taken: `extra_hosts` gives it to an address → Remove `cart.shop` from `extra_hosts`.',
    ],
    [
      'hostname has the name',
      '[api]\nhostname: api.example.com',
      '6:14 manifest/duplicate',
      'the name `api` is taken: `hostname` gives it to the container itself → Choose another `hostname`, or leave it out.',
    ],
  ])('%s', (_, connects, place, said) => {
    const one = source(files(`connects: ${connects}`));
    expect(problemsOf(one)).toEqual([`web.yaml:${place}`]);
    expect(messageOf(one)).toBe(said);
  });
});

describe('what stands beside a connection and does not disturb it', () => {
  it.each([
    'connects: [api]\nextra_hosts: [api2=10.0.0.1]',
    'connects: [{ service: api, as: back }]\nextra_hosts: [api=10.0.0.1]',
    'connects: [api]\nhostname: web',
    'connects: [api]\ndependsOn: [api]',
    'connects: [{ service: one, namespace: shop }]',
  ])('%j', (keys) => {
    const one = named('one, namespace: shop', 'serves: [80/http]\nallowFrom: [default/web]');
    expect(problemsOf(source(files(keys, { 'one.yaml': one })))).toEqual([]);
  });
});

describe('two sources', () => {
  test('a service of one connects to a service of the other', () => {
    const fleet = source({ ...SHOP, 'cart.yaml': PROVIDERS['cart.yaml'] ?? '' }, { id: 'fleet' });
    const team = source({ 'web.yaml': service('connects: [shop/cart]') }, { id: 'team', fleet: false });
    expect(problemsOf(fleet, team)).toEqual([]);
    expect(problemsOf(team, source({ ...SHOP }, { id: 'fleet' }))).toEqual([
      'web.yaml:6:14 manifest/reference',
    ]);
  });
});
