// Whom `allowFrom` names and nobody defines is a warning: it may come later.

import { expect, it } from 'vitest';
import { service } from '../manifest/reading.ts';
import { named, namespace, resolve, serviceOf, source } from './resolving.ts';

const OTHERS = {
  'n.yaml': namespace('shop', 'level: baseline'),
  'cart.yaml': named('cart, namespace: shop', 'mem_limit: 64m'),
};

const warnings = (callers: string): readonly string[] => {
  const web = service(`mem_limit: 64m\nserves: [80/http]\nallowFrom: ${callers}`);
  return resolve([source({ ...OTHERS, 'web.yaml': web })]).warnings.map(
    ({ code, message, hint, span }) => `${span?.line}:${span?.column} ${code} ${message} → ${hint}`,
  );
};

it.each([
  ['[shop]', []],
  ['[shop/cart]', []],
  ['[]', []],
  [
    '[shop, shopp]',
    [
      '8:21 manifest/reference default/web lets the namespace shopp connect, which is not defined → Did you mean `shop`?',
    ],
  ],
  [
    '[billing]',
    [
      '8:15 manifest/reference default/web lets the namespace billing connect, which is not defined → Correct the name, unless it comes later.',
    ],
  ],
  [
    '[billing/invoices]',
    [
      '8:15 manifest/reference default/web lets the namespace billing connect, which is not defined → Correct the name, unless it comes later.',
    ],
  ],
  [
    '[shop/card]',
    [
      '8:15 manifest/reference default/web lets shop/card connect, which is not defined → Did you mean `shop/cart`?',
    ],
  ],
  [
    '[default/api]',
    [
      '8:15 manifest/permission default/web has `allowFrom` for its own namespace default, whose services may connect anyway → Remove it.',
    ],
  ],
])('allowFrom: %s', (callers, expected) => {
  expect(warnings(callers)).toEqual(expected);
});

it('stands in Desired by name, and what is served by port', () => {
  const { serves, allowFrom } = serviceOf(
    'serves: [9090/http, 5432/tcp]\nallowFrom: [shop/cart, billing, shop, shop/a]',
  );
  expect(serves).toEqual([
    { port: 5432, protocol: 'tcp' },
    { port: 9090, protocol: 'http' },
  ]);
  expect(allowFrom.map(({ namespace: one, service: two }) => `${one} ${two}`)).toEqual([
    'billing null',
    'shop null',
    'shop a',
    'shop cart',
  ]);
});
