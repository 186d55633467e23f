// How long the writing of a config lasts when one of its requests is lost: meanwhile the replica that waits for
// it is neither run nor tried anew.

import { describe, expect, it } from 'vitest';
import { makeAction } from '../../src/action/action.ts';
import { playAction } from '../../src/executor/play.ts';
import type { EffectKind } from '../../src/sim/link/observer.ts';
import { runOn } from '../sim/engine/plain-engine.ts';
import { Linked } from '../sim/link/linked.ts';

const MINUTE_MS = 60_000;
/** What clears up after a failure may take as long. */
const CLEARING_UP_MS = 5_000;

/** When the action has failed, with the first request of `kind` and the later ones lost. */
async function lastsMs(kind: EffectKind, contentBase64: string): Promise<number> {
  const linked = await new Linked().connected();
  runOn(linked.engine, 'any');
  linked.onEffect = (point, effect) => {
    if (point === 'issued' && effect.kind === kind) linked.set({ requestLost: 1 });
    return 'go';
  };
  const { link, clock } = linked;
  const action = makeAction(
    { host: link.id, service: null, object: 'config', because: 'a service mounts it' },
    {
      kind: 'fillConfig',
      volume: 'config',
      labels: {},
      image: 'r.example/any:1',
      files: [{ path: 'a.conf', contentBase64, mode: 0o444 }],
    },
  );
  const beganMs = clock.monotonicMs();
  let endedMs: number | null = null;
  playAction(link, action, {
    clock,
    balancer: () => link.balancer,
    credentials: () => null,
    credential: () => null,
    onPullProgress: () => {},
    signal: new AbortController().signal,
    mayPlay: () => true,
  }).catch(() => {
    endedMs = clock.monotonicMs();
  });
  for (let seconds = 0; seconds < 600 && endedMs === null; seconds += 1) await clock.pass(1_000);
  return (endedMs ?? Number.POSITIVE_INFINITY) - beganMs;
}

describe('writing a config of which a request is lost', () => {
  it.each(['createVolume', 'createFiller', 'putArchive', 'removeFiller'] as const)(
    'fails after the minute that any call has: %s',
    async (kind) => {
      const ms = await lastsMs(kind, 'eA==');
      expect(ms).toBeGreaterThanOrEqual(MINUTE_MS);
      expect(ms).toBeLessThan(MINUTE_MS + CLEARING_UP_MS + 1_000);
    },
  );

  it('gives the upload of a large one the time that it takes over a slow line', async () => {
    const large = 'eA=='.repeat(1_000_000);
    expect(await lastsMs('putArchive', large)).toBeGreaterThan(4 * MINUTE_MS);
    expect(await lastsMs('createFiller', large)).toBeLessThan(MINUTE_MS + CLEARING_UP_MS + 1_000);
  });
});
