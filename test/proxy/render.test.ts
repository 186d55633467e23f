// The rendered configuration, whole: a change of any line of it is a change for every connection of a fleet.

import { describe, expect, it } from 'vitest';
import { ServiceKey } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { rulesFile } from '../../src/proxy/base.ts';
import { quoted } from '../../src/proxy/line.ts';
import { doorName } from '../../src/proxy/names.ts';
import { renderHaproxy } from '../../src/proxy/render.ts';
import type { Traffic } from '../../src/proxy/traffic.ts';
import {
  API,
  api,
  canary,
  DB,
  db,
  door,
  MESH_PORTS,
  on,
  peer,
  rule,
  serving,
  stable,
  traffic,
} from './words.ts';

const SETTINGS = {
  admin: { address: '127.0.0.1', port: 9_999 },
  newest: { address: '127.0.0.1', port: 9_997 },
  newestIngress: { address: '127.0.0.1', port: 9_996 },
  nobody: { address: '127.0.0.1', port: 9_995 },
  certificate: rulesFile('host', new Sealed('a certificate and its key')).name,
  roots: rulesFile('roots', new Sealed('certificates')).name,
  maxConnections: 4_000,
  oldProcessMs: 60_000,
};
const WEB_PORT = { service: ServiceKey.parse('shop/web'), port: 80 };
const replica = (name: string, address: string) => serving({ name, address });

/** A web service that asks an API (a canary is on its way) and a database on another host. */
const SHOP: Traffic = traffic('h1', {
  doors: [API, DB].map((to) => door(to, '10.201.0.2', '10.201.0.0/26')),
  pools: [
    api(
      [
        stable({
          share: 9_500,
          local: [
            replica('shop.api.555555555555.0.0', '10.201.0.67'),
            { ...replica('shop.api.555555555555.1.0', '10.201.0.68'), state: 'leaving' },
          ],
          remote: [on('h2', 2)],
        }),
        canary({ share: 500, local: [replica('shop.api.cccccccccccc.0.0', '10.201.0.69')] }),
      ],
      ['h2'],
    ),
    db([stable({ remote: [on('h2', 1)] })]),
  ],
  peers: [peer('h2', '192.0.2.12')],
  mesh: { address: '0.0.0.0', ports: MESH_PORTS },
});

describe('the configuration of a host', () => {
  it('is as it was written down', async () => {
    const { text } = renderHaproxy(SHOP, SETTINGS);
    await expect(text).toMatchFileSnapshot('rendered/shop.cfg');
  });

  it('of the only host asks nobody else', async () => {
    const near = (name: string, address: string) => stable({ local: [replica(name, address)] });
    const alone = traffic('h1', {
      doors: [API, DB].map((to) => door(to, '10.201.0.2', '10.201.0.0/26')),
      pools: [
        api([near('shop.api.555555555555.0.0', '10.201.0.67')]),
        db([near('shop.db.555555555555.0.0', '10.201.0.131')]),
      ],
    });
    await expect(renderHaproxy(alone, SETTINGS).text).toMatchFileSnapshot('rendered/one-host.cfg');
  });

  /** Two services and a canary, and whatever a rule may say. */
  const INGRESS: Traffic = traffic('h1', {
    pools: [
      api([
        stable({ share: 9_500, local: [replica('shop.api.555555555555.0.0', '10.201.0.67')] }),
        canary({ share: 500, local: [replica('shop.api.cccccccccccc.0.0', '10.201.0.69')] }),
      ]),
      { ...api([stable({ local: [replica('shop.web.555555555555.0.0', '10.201.0.131')] })]), to: WEB_PORT },
    ],
    ingress: {
      address: '0.0.0.0',
      port: 80,
      rules: [
        rule({ hosts: ['shop.example.com', '*.shop.example.com'], to: WEB_PORT }),
        rule({ hosts: ['shop.example.com'], path: '/api', rewrite: '', timeoutMs: 30_000 }),
        rule({
          hosts: ['shop.example.com'],
          path: '/api',
          methods: ['POST'],
          limits: { maxBodyBytes: 1_024 },
        }),
        rule({ hosts: ['shop.example.com'], path: '/api', headers: { 'x-version': '2' }, to: WEB_PORT }),
        rule({
          hosts: ['shop.example.com'],
          exact: '/admin',
          limits: { allow: ['10.0.0.0/8', '2001:db8::/32'], rate: { requests: 5, perMs: 60_000 } },
        }),
        rule({ redirect: { to: 'https://shop.example.com', status: 308, isPathKept: true } }),
      ],
    },
  });

  it('of an ingress is as it was written down, and so are its maps', async () => {
    const { text, files } = renderHaproxy(INGRESS, SETTINGS);
    await expect(text).toMatchFileSnapshot('rendered/ingress.cfg');
    const maps = files.map(({ name, content }) => `# ${name}\n${content.open()}`).join('\n');
    await expect(maps).toMatchFileSnapshot('rendered/ingress.maps');
  });

  it('has another hash where a map has another content', () => {
    const { ingress } = INGRESS;
    if (ingress === null) throw new Error('no ingress');
    const fewer = { ...INGRESS, ingress: { ...ingress, rules: ingress.rules.slice(1) } };
    expect(renderHaproxy(fewer, SETTINGS).hash).not.toBe(renderHaproxy(INGRESS, SETTINGS).hash);
  });

  it('of a host without traffic stands alone', async () => {
    await expect(renderHaproxy(traffic('h1', {}), SETTINGS).text).toMatchFileSnapshot('rendered/empty.cfg');
  });

  it('has another hash where anything in it is another', () => {
    const hashes = [SHOP, { ...SHOP, doors: [] }, { ...SHOP, mesh: null }].map(
      (each) => renderHaproxy(each, SETTINGS).hash,
    );
    expect(new Set(hashes).size).toBe(3);
    expect(renderHaproxy({ ...SHOP }, { ...SETTINGS }).hash).toBe(hashes[0]);
  });

  it('has another hash where a file that it names has another content', () => {
    const certificates = ['of today', 'of tomorrow', 'of today'].map((content) => {
      const { name } = rulesFile('host', new Sealed(content));
      return renderHaproxy(SHOP, { ...SETTINGS, certificate: name }).hash;
    });
    expect(certificates[0]).not.toBe(certificates[1]);
    expect(certificates[0]).toBe(certificates[2]);
  });
});

describe('names', () => {
  it('of doors tell every pair of services apart, whatever dashes are in them', () => {
    const key = (text: string) => ServiceKey.parse(text);
    const names = [
      doorName({ from: key('a/b'), to: { service: key('c-d/e'), port: 80 }, network: 0 }),
      doorName({ from: key('a/b-c'), to: { service: key('d/e'), port: 80 }, network: 0 }),
    ];
    expect(new Set(names).size).toBe(2);
  });
});

describe('hosts that may ask for a service', () => {
  it('stand in as many lines as HAProxy’s limit of 64 words wants', () => {
    const hosts = Array.from({ length: 200 }, (_, at) => `h${at}`);
    const mesh = { address: '0.0.0.0', ports: MESH_PORTS };
    const pools = [api([stable({ local: [replica('a', '10.0.0.1')] })], hosts)];
    const { text } = renderHaproxy(traffic('h', { pools, mesh }), SETTINGS);
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.trim().split(/\s+/).length))).toBeLessThanOrEqual(64);
    for (const host of hosts) expect(lines.some((line) => line.includes(` ${host} `))).toBe(true);
  });
});

describe('clients that a rule lets in', () => {
  it('stand in as many lines as HAProxy’s limit of 64 words wants', () => {
    const allow = Array.from({ length: 200 }, (_, at) => `192.0.2.${at}`);
    const ingress = { address: '0.0.0.0', port: 80, rules: [rule({ limits: { allow } })] };
    const lines = renderHaproxy(traffic('h', { ingress }), SETTINGS).text.split('\n');
    expect(Math.max(...lines.map((line) => line.trim().split(/\s+/).length))).toBeLessThanOrEqual(64);
    for (const address of allow)
      expect(lines.some((line) => ` ${line} `.includes(` ${address} `))).toBe(true);
  });
});

describe('weights of other hosts', () => {
  const weights = (...replicas: readonly number[]): readonly string[] => {
    const remote = replicas.map((count, at) => on(`h${at + 2}`, count));
    const peers = remote.map(({ host }, at) => peer(host, `192.0.2.${at}`));
    const { text } = renderHaproxy(traffic('h1', { pools: [api([stable({ remote })])], peers }), SETTINGS);
    const route = text.split('\n\n').find((each) => each.startsWith('backend rt.')) ?? '';
    return [...route.matchAll(/ weight (\d+)/g)].map(([, weight]) => weight ?? '');
  };

  it.each([
    { replicas: [1, 3], expected: ['1', '3'] },
    { replicas: [256, 1], expected: ['256', '1'] },
    { replicas: [1_000, 500, 1], expected: ['256', '128', '1'] },
  ])('of $replicas replicas are $expected', ({ replicas, expected }) => {
    expect(weights(...replicas)).toEqual(expected);
  });
});

describe('what a manifest says', () => {
  it.each([
    ['/health', `'/health'`],
    ['/a b#c"d\\', `'/a b#c"d\\'`],
    [`/it's`, `'/it'\\''s'`],
  ])('%s is one word in HAProxy’s configuration', (text, word) => {
    expect(quoted(text)).toBe(word);
  });

  it('can never end a line', () => {
    expect(() => quoted('/health\n  server evil 192.0.2.1:80')).toThrow('control character');
  });
});
