// Containers that use the network of another one, as far as an observer of the machine sees it.

import { expect, it } from 'vitest';
import { reach } from '../../../src/sim/engine/reach.ts';
import type { SimEngine } from '../../../src/sim/engine/sim-engine.ts';
import { must, plainEngine, runOn, seen } from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

const REFUSED = { kind: 'failed', because: 'Connection refused' };
const OK = { kind: 'ok' };
const PORTS = [{ target: 80, protocol: 'tcp', published: null, hostIp: '0.0.0.0' } as const];

/** A holder that listens nowhere, and publishes its port 80. */
const holderOn = (engine: SimEngine): string =>
  runOn(engine, 'holder', { does: { listens: null }, spec: { ports: PORTS }, hostPorts: [8080] });

/** What answers at the holder's address, and at its published port. */
function atHolder(engine: SimEngine) {
  const target = { kind: 'http', path: '/', headers: {} } as const;
  const address = seen(engine, 'holder').networks['bridge']?.address ?? '';
  return [
    reach(engine.machine, { ...target, address, port: 80 }),
    reach(engine.machine, { ...target, address: '127.0.0.1', port: 8080 }),
  ];
}

it('who listens is reached at the addresses of the other one, until that one is restarted', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  const holder = holderOn(engine);
  expect(atHolder(engine)).toEqual([REFUSED, REFUSED]);
  runOn(engine, 'api', { sharesNetworkOf: holder });
  expect(atHolder(engine)).toEqual([OK, OK]);
  const before = seen(engine, 'api');
  engine.people.restart('holder', 0);
  await clock.pass(0);
  expect(seen(engine, 'holder').status).toBe('running');
  expect(atHolder(engine)).toEqual([REFUSED, REFUSED]);
  expect(seen(engine, 'api')).toBe(before);
  engine.people.restart('api', 0);
  await clock.pass(0);
  expect(atHolder(engine)).toEqual([OK, OK]);
});

it('who ends while the other one is down stays down, whatever its policy', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  const holder = holderOn(engine);
  runOn(engine, 'api', { sharesNetworkOf: holder, spec: { restart: 'always' } });
  engine.people.stop('holder', 0);
  await clock.pass(0);
  must(engine.endProcess('api', 1));
  await clock.pass(60_000);
  must(engine.people.start('holder'));
  await clock.pass(60_000);
  expect(seen(engine, 'api')).toMatchObject({ status: 'exited', restartCount: 1 });
});
