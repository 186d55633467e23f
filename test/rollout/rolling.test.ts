// The arithmetic of rolling keeps its bounds whatever the counts are.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Moves, rollingMoves } from '../../src/rollout/rolling.ts';

const counts = fc
  .record({
    replicas: fc.integer({ min: 0, max: 50 }),
    freshAvailable: fc.integer({ min: 0, max: 60 }),
    freshPending: fc.integer({ min: 0, max: 60 }),
    oldAvailable: fc.integer({ min: 0, max: 60 }),
    oldUnknown: fc.integer({ min: 0, max: 10 }),
    oldUseless: fc.integer({ min: 0, max: 10 }),
    oldDead: fc.integer({ min: 0, max: 10 }),
    retiring: fc.integer({ min: 0, max: 20 }),
  })
  .map((c) => ({
    replicas: c.replicas,
    fresh: c.freshAvailable + c.freshPending,
    freshAvailable: c.freshAvailable,
    old: c.oldAvailable + c.oldUnknown + c.oldUseless + c.oldDead,
    oldDead: c.oldDead,
    oldAvailable: c.oldAvailable,
    oldUnknown: c.oldUnknown,
    retiring: c.retiring,
    retireRunning: (moves: Moves) => moves.retireUseless - c.oldDead,
  }));
const bounds = fc.record({
  maxSurge: fc.integer({ min: 0, max: 20 }),
  maxUnavailable: fc.integer({ min: 0, max: 20 }),
});

describe('rolling', () => {
  it('never exceeds replicas + maxSurge by creating', () => {
    fc.assert(
      fc.property(counts, bounds, (c, b) => {
        const { create } = rollingMoves(c, b);
        if (create > 0)
          expect(c.fresh + c.old + c.retiring + create).toBeLessThanOrEqual(c.replicas + b.maxSurge);
      }),
    );
  });

  it('counts on nothing that it cannot see: what runs besides is as much as must be left', () => {
    fc.assert(
      fc.property(counts, bounds, (c, b) => {
        const moves = rollingMoves(c, b);
        const seen = c.freshAvailable + c.old - c.oldDead - c.oldUnknown;
        if (c.retireRunning(moves) > 0)
          expect(seen - c.retireRunning(moves)).toBeGreaterThanOrEqual(c.replicas - b.maxUnavailable);
      }),
    );
  });

  it('never leaves fewer available than replicas - maxUnavailable by retiring', () => {
    fc.assert(
      fc.property(counts, bounds, (c, b) => {
        const { retireAvailable } = rollingMoves(c, b);
        const left = c.freshAvailable + c.oldAvailable - retireAvailable;
        if (retireAvailable > 0) expect(left).toBeGreaterThanOrEqual(c.replicas - b.maxUnavailable);
      }),
    );
  });

  it('never leaves fewer running than replicas - maxUnavailable by retiring what is only not ready', () => {
    fc.assert(
      fc.property(counts, bounds, (c, b) => {
        const running = c.retireRunning(rollingMoves(c, b));
        if (running > 0)
          expect(c.fresh + c.old - c.oldDead - running).toBeGreaterThanOrEqual(c.replicas - b.maxUnavailable);
      }),
    );
  });

  it('never retires what may be serving on a host that does not answer', () => {
    fc.assert(
      fc.property(counts, bounds, (c, b) => {
        const moves = rollingMoves(c, b);
        expect(moves.retireUseless + moves.retireAvailable).toBeLessThanOrEqual(c.old - c.oldUnknown);
      }),
    );
  });

  it('always has a move while something is old and everything fresh is available', () => {
    const settled = fc.record({
      replicas: fc.integer({ min: 1, max: 50 }),
      fresh: fc.integer({ min: 0, max: 50 }),
      old: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(settled, bounds, ({ replicas, fresh, old }, b) => {
        fc.pre(b.maxSurge + b.maxUnavailable > 0);
        const c = {
          replicas,
          fresh,
          freshAvailable: fresh,
          old,
          oldAvailable: old,
          oldUnknown: 0,
          oldDead: 0,
          retiring: 0,
        };
        const { create, retireAvailable, retireExtra } = rollingMoves(c, b);
        expect(create + retireAvailable + retireExtra).toBeGreaterThan(0);
      }),
    );
  });
});
