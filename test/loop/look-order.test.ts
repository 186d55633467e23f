// Of two looks at the same thing the one that was asked for later counts.

import { describe, expect, it } from 'vitest';
import { LookOrder, type TakenReport } from '../../src/loop/look-order.ts';

const c1 = {};
const inspected = (withoutImages: boolean): TakenReport => ({
  known: new Map([['c1', {}]]),
  containers: new Map([['c1', c1]]),
  withoutImages,
});

describe('an answer', () => {
  it('counts unless one that was asked for later has come already', () => {
    const order = new LookOrder();
    const [first, second] = [order.ask(), order.ask()];
    expect(order.take('images', second)).toBe(true);
    expect(order.take('images', first)).toBe(false);
    expect(order.take('volumes', first)).toBe(true);
  });

  it('counts where it comes in its turn', () => {
    const order = new LookOrder();
    const [first, second] = [order.ask(), order.ask()];
    expect([order.take('c1', first), order.take('c1', second)]).toEqual([true, true]);
  });

  it('that was asked for before a report comes too late after it', () => {
    const order = new LookOrder();
    const [look, report, later] = [order.ask(), order.ask(), order.ask()];
    order.takeReport(report, inspected(false));
    expect(order.take('c1', look)).toBe(false);
    expect(order.take('images', look)).toBe(false);
    expect(order.take('c1', later)).toBe(true);
  });

  it('about images counts where the report has left them out', () => {
    const order = new LookOrder();
    const [look, report] = [order.ask(), order.ask()];
    order.takeReport(report, inspected(true));
    expect([order.take('images', look), order.take('networks', look)]).toEqual([true, false]);
  });

  it('of a later look is not overtaken by a report that was asked for before it', () => {
    const order = new LookOrder();
    const [report, middle, last] = [order.ask(), order.ask(), order.ask()];
    order.take('c1', last);
    order.takeReport(report, inspected(false));
    expect(order.take('c1', middle)).toBe(false);
  });

  it('tells more than a list that was asked for later and found nothing new by the little that it shows', () => {
    const order = new LookOrder();
    const [look, report, later] = [order.ask(), order.ask(), order.ask()];
    order.takeReport(report, {
      known: new Map([['c1', c1]]),
      containers: new Map([['c1', c1]]),
      withoutImages: true,
    });
    expect([order.isListedSince('c1', look), order.isListedSince('c1', later)]).toEqual([true, false]);
    expect(order.take('c1', later)).toBe(true);
  });

  it('that never came leaves a container uncertain until a report has looked at it closely', () => {
    const order = new LookOrder();
    const known = new Map([
      ['c1', { name: 'web' }],
      ['c2', { name: 'api' }],
    ]);
    const early = order.ask();
    order.miss('web');
    expect([...order.certain(known).keys()]).toEqual(['c2']);
    order.takeReport(early, inspected(true));
    expect([...order.certain(known).keys()]).toEqual(['c2']);
    order.takeReport(order.ask(), inspected(true));
    expect(order.certain(known)).toBe(known);
  });
});
