// What the load balancer of a simulated host has counted: a process keeps it as long as it lives.

import { expect, it } from 'vitest';
import { countRequest } from '../../../src/sim/engine/request-counts.ts';
import { CALL, Linked } from '../link/linked.ts';
import { runOn } from './plain-engine.ts';

const POOL = { pool: 'shop/api:8080', revision: 'c' };

it('is counted by how requests ended, and gone with the process', async () => {
  const linked = await new Linked().connected();
  const container = runOn(linked.engine, 'proxy');
  await linked.clock.pass(60_000);
  const run = linked.engine.machine.containers.get(container)?.pastRuns.at(-1);
  if (run === undefined) throw new Error('it does not run');
  countRequest(run, { ...POOL, tookMs: 30, isRetried: true });
  countRequest(run, { ...POOL, tookMs: 60_000, isRetried: false });
  countRequest(run, { ...POOL, tookMs: null, isRetried: false });
  const measure = () => linked.answer(linked.link.balancer.measure(container, CALL));
  const [first] = (await measure()).processes;
  expect(first?.counters).toMatchObject([{ ...POOL, begun: 3, unanswered: 1, retried: 1 }]);
  expect(first?.counters[0]?.succeeded).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
  linked.engine.people.restart('proxy', 0);
  await linked.clock.pass(60_000);
  const [second] = (await measure()).processes;
  expect(second?.counters).toEqual([]);
  expect(second?.id).not.toBe(first?.id);
});
