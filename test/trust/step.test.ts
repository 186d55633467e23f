// When hosts get new certificates, and how one root gives way to the next: the specification, in stories.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostId, RootId } from '../../src/kernel/ids.ts';
import { after, instant } from '../../src/kernel/time.ts';
import { DAY_MS, HOUR_MS, Mesh, MINUTE_MS } from './mesh.ts';

const YEAR_MS = 365 * DAY_MS;
const A = RootId.parse('a'.repeat(12));

const running = (...hosts: readonly string[]): Mesh => new Mesh(...hosts).settle();

/** The first moment, in hours, at which it holds; looked at every ten minutes. */
function hoursUntil(mesh: Mesh, holds: () => boolean): number {
  const startAt = mesh.now;
  while (!holds()) {
    if (mesh.now - startAt > 10 * DAY_MS) throw new Error(`not within ten days: ${mesh.shows()}`);
    mesh.wait(10 * MINUTE_MS);
  }
  return (mesh.now - startAt) / HOUR_MS;
}

describe('a new fleet', () => {
  it('gets a root, and every host a certificate of it', () => {
    expect(running('h1', 'h2').shows()).toBe('h1 a→a, h2 a→a');
  });

  it('is asked for nothing more, and asks to be woken when the first certificate has a third of its life left', () => {
    const mesh = running('h1');
    expect(mesh.decide()).toEqual([]);
    expect((Number(mesh.last.wakeAt) - mesh.now) / HOUR_MS).toBeCloseTo(16 - 5 / 60, 2);
  });

  it('of which one host joins later: that one gets a certificate, and the others keep theirs', () => {
    const mesh = running('h1');
    mesh.holds.set(HostId.parse('h2'), null);
    mesh.wait(HOUR_MS);
    expect(mesh.shows()).toBe('h1 a→a, h2 a→a');
    expect(mesh.equipped).toEqual(['h1', 'h2']);
  });
});

describe('a certificate', () => {
  it.each([
    { passed: 15, renewed: 0 },
    { passed: 16, renewed: 1 },
    { passed: 31, renewed: 1 },
    { passed: 32, renewed: 2 },
    { passed: 30 * 24, renewed: 45 },
  ])('has been renewed $renewed times after $passed hours', ({ passed, renewed }) => {
    const mesh = running('h1').wait(passed * HOUR_MS);
    expect(mesh.equipped).toHaveLength(1 + renewed);
    expect(mesh.shows()).toBe('h1 a→a');
  });

  it('says why it is renewed', () => {
    const mesh = running('h1').sleep(16 * HOUR_MS);
    expect(mesh.decide()).toMatchObject([
      { kind: 'equip', host: 'h1', because: 'its certificate expires in 7h54m' },
    ]);
  });

  it('that could not be written is tried again once a minute, and no more often', () => {
    const mesh = running('h1');
    mesh.full.add(HostId.parse('h1'));
    mesh.sleep(16 * HOUR_MS);
    const tries = Array.from({ length: 181 }, () => {
      const count = mesh.decide().length;
      mesh.sleep(1_000);
      return count;
    });
    expect(tries.reduce((sum, count) => sum + count)).toBe(4);
  });

  it('of a host that was away for three days is renewed when it is back, and until then it is said', () => {
    const mesh = running('h1', 'h2')
      .gone('h2')
      .wait(3 * DAY_MS);
    expect(mesh.shows()).toBe('h1 a→a, h2 a→a!');
    expect(mesh.last.delays).toEqual(['the host h2 does not answer, and its certificate expired 2d5m ago']);
    expect(mesh.back('h2').settle().shows()).toBe('h1 a→a, h2 a→a');
    expect(mesh.last.delays).toEqual([]);
  });
});

describe('a clock', () => {
  it.each([
    { back: 4 * MINUTE_MS, renewed: 0, why: 'certificates start five minutes early' },
    { back: 10 * MINUTE_MS, renewed: 1, why: 'the certificate is not valid yet by the present clock' },
    { back: 3 * DAY_MS, renewed: 1, why: 'the certificate is not valid yet by the present clock' },
  ])('that goes back by $back ms: renewed $renewed times, since $why', ({ back, renewed }) => {
    const mesh = running('h1').sleep(-back).settle();
    expect(mesh.equipped).toHaveLength(1 + renewed);
    expect(mesh.shows()).toBe('h1 a→a');
  });

  it('that went ahead and comes back leaves valid certificates, both times', () => {
    const mesh = running('h1', 'h2')
      .sleep(30 * DAY_MS)
      .settle();
    expect(mesh.shows()).toBe('h1 a→a, h2 a→a');
    expect(
      mesh
        .sleep(-30 * DAY_MS)
        .settle()
        .shows(),
    ).toBe('h1 a→a, h2 a→a');
  });

  it('that goes back during a rotation takes no root away too early', () => {
    const mesh = running('h1', 'h2').rotate().settle();
    expect(mesh.phase).toBe('replacing');
    const lastExpiresAt = after(mesh.now, DAY_MS - 5 * MINUTE_MS);
    mesh.sleep(-12 * HOUR_MS);
    hoursUntil(mesh, () => mesh.phase === 'steady');
    expect(mesh.now).toBeGreaterThan(lastExpiresAt);
    expect(mesh.shows()).toBe('h1 b→b, h2 b→b');
  });
});

describe('a root', () => {
  it('is replaced at 80 % of its life', () => {
    const mesh = running('h1')
      .sleep(8 * YEAR_MS - DAY_MS)
      .settle();
    expect(mesh.roots).toHaveLength(1);
    mesh.sleep(DAY_MS).settle();
    expect(mesh.phase).toBe('replacing');
  });

  it('is replaced when a person asks for it, and only once', () => {
    const mesh = running('h1', 'h2')
      .rotate()
      .wait(10 * DAY_MS);
    expect(mesh.phase).toBe('steady');
    expect(mesh.shows()).toBe('h1 b→b, h2 b→b');
    expect(mesh.roots.map(({ id }) => id[0])).toEqual(['b']);
  });

  it('gives way step by step, and each waits for all hosts', () => {
    const mesh = running('h1', 'h2').rotate();
    const phases: string[] = [];
    const note = (): number => phases.push(`${mesh.phase}: ${mesh.shows()}`);
    for (let steps = 0; steps < 12; steps += 1) {
      // One host at a time, and looked at in between.
      const action = mesh.decide()[0];
      if (action !== undefined) mesh.play(action);
      note();
      mesh.sleep(2 * MINUTE_MS);
    }
    mesh.wait(DAY_MS);
    note();
    expect(phases.filter((line, at) => line !== phases[at - 1])).toEqual([
      'making: h1 a→a, h2 a→a',
      'spreading: h1 a→ab, h2 a→a',
      'spreading: h1 a→ab, h2 a→ab',
      'replacing: h1 b→ab, h2 a→ab',
      'replacing: h1 b→ab, h2 b→ab',
      'steady: h1 b→b, h2 b→b',
    ]);
  });

  it('that is being replaced is trusted until its last certificate has expired everywhere', () => {
    const mesh = running('h1', 'h2').rotate().settle();
    expect(mesh.shows()).toBe('h1 b→ab, h2 b→ab');
    expect(mesh.last.delays).toEqual([
      'certificates of the old root aaaaaaaaaaaa are valid for another 23h59m',
    ]);
    expect(hoursUntil(mesh, () => mesh.phase === 'steady')).toBeGreaterThanOrEqual(24 - 1 / 60);
    expect(mesh.roots.map(({ id }) => id[0])).toEqual(['b']);
  });

  it('that has expired while no controller ran gives way at once', () => {
    const mesh = running('h1', 'h2')
      .sleep(11 * YEAR_MS)
      .settle();
    expect(mesh.shows()).toBe('h1 b→b, h2 b→b');
  });

  it('that is missing in the store stops everything, in words', () => {
    const mesh = running('h1');
    mesh.roots = [];
    expect(mesh.sleep(16 * HOUR_MS).decide()).toEqual([]);
    expect(mesh.last.delays).toEqual([
      'the root aaaaaaaaaaaa is missing in the store: no certificate is made',
    ]);
  });
});

describe('a host that does not answer while a root is replaced', () => {
  it('delays it until its certificate must have expired, and the decision says so', () => {
    const mesh = running('h1', 'h2').gone('h2').rotate().settle();
    expect(mesh.shows()).toBe('h1 a→ab, h2 a→a');
    expect(mesh.last.delays).toEqual([
      'the host h2 does not answer and may not trust the new root bbbbbbbbbbbb yet: it is waited for until its certificate has expired, in 23h59m',
    ]);
    expect(hoursUntil(mesh, () => mesh.phase === 'replacing')).toBeCloseTo(24, 0);
    expect(mesh.shows()).toBe('h1 b→ab, h2 a→a!');
    hoursUntil(mesh, () => mesh.phase === 'steady');
    expect(mesh.back('h2').settle().shows()).toBe('h1 b→b, h2 b→b');
  });

  it('delays nothing where it had said before that it trusts the new root', () => {
    const mesh = running('h1', 'h2', 'h3').gone('h3').rotate().settle();
    mesh.gone('h2').back('h3').settle();
    expect(mesh.phase).toBe('replacing');
    expect(mesh.shows()).toBe('h1 b→ab, h2 a→ab, h3 b→ab');
    expect(mesh.last.delays).toEqual([
      'certificates of the old root aaaaaaaaaaaa are valid for another 23h59m, those of hosts that do not answer (h2) among them',
    ]);
  });

  it('and never had a certificate delays nothing', () => {
    const mesh = new Mesh('h1', 'h2').gone('h2').settle();
    expect(mesh.rotate().settle().phase).toBe('replacing');
  });

  it('is waited for by what it may have got without saying so', () => {
    const mesh = running('h1', 'h2').sleep(20 * HOUR_MS);
    // Its renewal is on its way when it falls silent: it may hold a certificate that is valid for a day.
    mesh.decide();
    mesh.gone('h2').rotate();
    expect(hoursUntil(mesh, () => mesh.phase === 'replacing')).toBeCloseTo(24, 0);
  });

  it('delays it no more when it has left the fleet', () => {
    const mesh = running('h1', 'h2').gone('h2').rotate().settle();
    mesh.holds.delete(HostId.parse('h2'));
    expect(mesh.settle().phase).toBe('replacing');
  });

  it('and one that answers but takes nothing: the rotation waits for it, however long', () => {
    const mesh = running('h1', 'h2').rotate();
    mesh.full.add(HostId.parse('h2'));
    mesh.wait(5 * DAY_MS);
    expect(mesh.phase).toBe('spreading');
    expect(mesh.last.delays).toEqual(['the host h2 does not trust the new root bbbbbbbbbbbb yet']);
    mesh.full.clear();
    expect(mesh.wait(2 * DAY_MS).shows()).toBe('h1 b→b, h2 b→b');
  });
});

describe('a host that shows a certificate of the old root and takes no other', () => {
  it('delays its end, however long, and the decision says so', () => {
    const mesh = running('h1', 'h2').rotate();
    // The first actions make the root, the next ones have both hosts trust it; then the disk of h2 is full.
    for (let rounds = 0; rounds < 2; rounds += 1) for (const action of mesh.decide()) mesh.play(action);
    mesh.full.add(HostId.parse('h2'));
    mesh.wait(3 * DAY_MS);
    expect(mesh.shows()).toBe('h1 b→ab, h2 a→ab!');
    expect(mesh.last.delays).toEqual(['the host h2 shows a certificate of the old root aaaaaaaaaaaa']);
    mesh.full.clear();
    expect(mesh.wait(HOUR_MS).shows()).toBe('h1 b→b, h2 b→b');
  });
});

describe('a root that is still to be forgotten', () => {
  it('is never taken for the new one', () => {
    const mesh = running('h1')
      .rotate()
      .wait(2 * DAY_MS);
    const [b] = mesh.roots;
    mesh.roots = [...mesh.roots, { id: A, createdAt: mesh.now, expiresAt: after(mesh.now, YEAR_MS) }];
    mesh.replace = b?.id ?? null;
    expect(mesh.decide()).toMatchObject([{ kind: 'forget-root', root: A }]);
    expect(mesh.phase).toBe('steady');
    expect(mesh.settle().shows()).toBe('h1 c→bc');
  });
});

describe('a controller that dies', () => {
  /** Until the given moment all goes well; then it decides, and dies before or after its actions. */
  const PHASES = ['none', 'making', 'spreading', 'replacing', 'steady'] as const;
  const MOMENTS = PHASES.flatMap((phase) =>
    (['before', 'in the middle of', 'after'] as const).map((moment) => ({ phase, moment })),
  );

  it.each(MOMENTS)(
    '$moment its actions while $phase leaves a fleet that the next one brings home',
    ({ phase, moment }) => {
      const mesh = phase === 'none' ? new Mesh('h1', 'h2') : running('h1', 'h2').rotate();
      let deaths = 0;
      for (let steps = 0; steps < 40; steps += 1) {
        const actions = mesh.decide();
        const isHere = mesh.phase === phase && deaths < 3 && actions.length > 0;
        const played = {
          before: 0,
          'in the middle of': Math.ceil(actions.length / 2),
          after: actions.length,
        };
        for (const action of actions.slice(0, isHere ? played[moment] : actions.length)) mesh.play(action);
        if (isHere) deaths += 1;
        expect(mesh.misunderstandings()).toEqual([]);
        mesh.sleep(phase === 'steady' ? HOUR_MS : MINUTE_MS);
      }
      expect(deaths).toBeGreaterThan(0);
      mesh.wait(3 * DAY_MS);
      const [root] = mesh.roots.map(({ id }) => id[0]);
      expect(mesh.shows()).toBe(`h1 ${root}→${root}, h2 ${root}→${root}`);
      expect(mesh.phase).toBe('steady');
      expect(mesh.roots).toHaveLength(1);
    },
  );

  it('twice while a root is made leaves one of the two roots', () => {
    const mesh = new Mesh('h1');
    for (const action of [...mesh.decide(), ...mesh.decide()]) mesh.play(action);
    expect(mesh.roots).toHaveLength(2);
    expect(mesh.settle().shows()).toBe('h1 a→a');
    expect(mesh.roots.map(({ id }) => id)).toEqual([A]);
  });
});

describe('whatever happens', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('play' as const), keep: fc.integer({ min: 0, max: 7 }) }),
    fc.record({
      kind: fc.constantFrom('gone' as const, 'back' as const),
      host: fc.constantFrom('h1', 'h2', 'h3'),
    }),
    fc.record({ kind: fc.constantFrom('rotate' as const) }),
  );

  it('no host shows a valid certificate that another one with a valid certificate refuses', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const mesh = running('h1', 'h2', 'h3');
        for (const each of events) {
          if (each.kind === 'wait') mesh.sleep(each.hours * HOUR_MS * 0.25);
          else if (each.kind === 'gone') mesh.gone(each.host);
          else if (each.kind === 'back') mesh.back(each.host);
          else if (each.kind === 'rotate') mesh.rotate();
          // Some actions are played and some get lost with their controller.
          const keep = each.kind === 'play' ? each.keep : 7;
          mesh.decide().forEach((action, at) => {
            if ((keep & (1 << (at % 3))) === 0) return;
            mesh.play(action);
            expect(mesh.misunderstandings()).toEqual([]);
          });
          mesh.sleep(MINUTE_MS);
          expect(mesh.misunderstandings()).toEqual([]);
          seen.add(mesh.phase);
        }
        for (const host of ['h1', 'h2', 'h3']) mesh.back(host);
        mesh.wait(4 * DAY_MS);
        expect(mesh.phase).toBe('steady');
        expect(
          new Set(
            mesh
              .shows()
              .split(', ')
              .map((text) => text.slice(3)),
          ).size,
        ).toBe(1);
      }),
      { numRuns: 100, seed: 20_261_122 },
    );
    expect([...seen].sort()).toEqual(['making', 'replacing', 'spreading', 'steady']);
  });
});

describe('an instant', () => {
  it('of the state is that of the certificate', () => {
    const mesh = running('h1');
    const [holds] = [...mesh.holds.values()];
    expect(mesh.state.hosts[0]?.certificatesExpireAt).toBe(holds?.expiresAt ?? instant(0));
  });
});
