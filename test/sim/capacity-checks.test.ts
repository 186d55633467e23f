// Which replicas a service can spare: the ones on which nobody could count. Where one of the others is taken away,
// they do not stand in for it.

import { describe, expect, it } from 'vitest';
import { at, Deployed, words } from './deployed.ts';
import { pass } from './pass.ts';

/** From now on the first replica of web fails, or passes, whatever asks it. */
function turns(d: Deployed, how: 'sick' | 'well'): void {
  const { host, container } = d.container('web');
  d.host(host).engine.changeBehaviour(container.id, { sickAfterMs: how === 'sick' ? 0 : null });
  d.checks.afterEvent();
}

const soon = (d: Deployed): Promise<void> => pass(d.world, 4_000);

/** So long that nobody can be unaware of a failure any more. */
async function passUntilKnown(d: Deployed): Promise<void> {
  for (let n = 0; n < 16; n += 1) {
    await pass(d.world, 5_000);
    d.world.struckMs = d.world.scheduler.nowMs;
    d.checks.afterEvent();
  }
}

const other = (d: Deployed) => {
  const places = [...d.world.hosts.values()].flatMap(({ id, engine }) =>
    [...engine.machine.containers.values()].map(({ name }) => ({ host: id, object: name })),
  );
  const found = places.find(({ object }) => /^shop\.web\./.test(object) && object !== at(d, 'web').object);
  if (found === undefined) throw new Error('web has one replica only');
  return found;
};

describe('a replica that is sick, though its service asks nothing of it,', () => {
  it('may be stopped', async () => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toBe('nothing');
  });

  it.each([
    ['may be stopped until its checks can have found it well again', soon, 'nothing'],
    ['may not be stopped once they have', passUntilKnown, /I4 .*leaves 1 of at least 2/],
  ])('%s', async (_, passAfterwards, verdict) => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    await pass(d.world, 1_000);
    turns(d, 'well');
    await passAfterwards(d);
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toMatch(verdict);
  });

  it('is not excused as well once it is counted again', async () => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    await pass(d.world, 1_000);
    turns(d, 'well');
    await pass(d.world, 6_000);
    expect(words(() => d.issue('stopContainer', other(d)))).toMatch(/I4 .*leaves 1 of at least 2/);
  });

  it('does not stand in for another one', async () => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    await passUntilKnown(d);
    expect(words(() => d.issue('stopContainer', other(d)))).toMatch(/I4 .*leaves 0 of at least 2/);
  });
});

describe('a replica that somebody had paused', () => {
  it.each([
    ['may be stopped until it can have been found to run again', soon, 'nothing'],
    ['may not be stopped once it can', passUntilKnown, /I4 .*leaves 1 of at least 2/],
  ])('%s', async (_, passAfterwards, verdict) => {
    const d = await Deployed.shop();
    const { host, object } = at(d, 'web');
    const { people } = d.host(host).engine;
    people.pause(object);
    d.checks.afterEvent();
    await pass(d.world, 1_000);
    people.unpause(object);
    d.checks.afterEvent();
    await passAfterwards(d);
    expect(words(() => d.issue('stopContainer', { host, object }))).toMatch(verdict);
  });
});

/** Beside one replica of web there is a row of another one, which is to run or to leave. */
function plan(d: Deployed, intent: 'run' | 'retire'): void {
  const { object } = at(d, 'web');
  d.rewrite('web', ({ instances }) => {
    const known = instances.filter(({ attempt }) => attempt !== 9);
    const [like] = known.filter(({ ordinal, attempt }) => object.endsWith(`.${ordinal}.${attempt}`));
    return { instances: like === undefined ? [] : [...known, { ...like, attempt: 9, intent }] };
  });
}

/** … whose container is started. */
function start(d: Deployed): { host: string; object: string } {
  const name = at(d, 'web').object.replace(/\d+$/, '9');
  return { ...d.twin('web', { name }), object: name };
}

/** The health check of its image passes, before any controller does anything about it. */
function isFoundWell(d: Deployed, { host, object }: { host: string; object: string }): void {
  for (const container of d.host(host).engine.machine.containers.values())
    if (container.name === object) container.health = 'healthy';
}

describe('a replica that was told to leave while it did not run, and was started all the same,', () => {
  it('does not stand in for another one', async () => {
    const d = await Deployed.shop();
    plan(d, 'retire');
    start(d);
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toMatch(/I4 .*leaves 1 of at least 2/);
  });

  it('may be stopped', async () => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    await passUntilKnown(d);
    plan(d, 'retire');
    const where = start(d);
    expect(words(() => d.issue('stopContainer', where))).toBe('nothing');
  });

  it('may be stopped where it had ended before', async () => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    await passUntilKnown(d);
    plan(d, 'run');
    const where = start(d);
    const { people } = d.host(where.host).engine;
    people.kill(where.object);
    await pass(d.world, 2);
    expect(d.host(where.host).engine.machine.find(where.object)?.status).toBe('exited');
    plan(d, 'retire');
    people.start(where.object);
    expect(words(() => d.issue('stopContainer', where))).toBe('nothing');
  });

  it('is counted on where it is wanted again', async () => {
    const d = await Deployed.shop();
    plan(d, 'retire');
    isFoundWell(d, start(d));
    plan(d, 'run');
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toBe('nothing');
  });
});

describe('a replica that ran when it was told to leave', () => {
  it('stands in for another one until it is stopped', async () => {
    const d = await Deployed.shop();
    plan(d, 'run');
    isFoundWell(d, start(d));
    plan(d, 'retire');
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toBe('nothing');
  });

  it('does not as long as nobody has found it well', async () => {
    const d = await Deployed.shop();
    plan(d, 'run');
    start(d);
    plan(d, 'retire');
    expect(words(() => d.issue('stopContainer', at(d, 'web')))).toMatch(/I4 .*leaves 1 of at least 2/);
  });

  it.each([
    ['may be stopped until anybody can know that the check of its image passes', 1_000, 'nothing'],
    ['may not be stopped where it is the one that is missed', 6_000, /I4 .*leaves 1 of at least 2/],
  ])('%s', async (_, knownForMs, verdict) => {
    const d = await Deployed.shop();
    turns(d, 'sick');
    await passUntilKnown(d);
    plan(d, 'run');
    const where = start(d);
    isFoundWell(d, where);
    d.checks.afterEvent();
    plan(d, 'retire');
    // Suspended, it does nothing about it meanwhile.
    const { clock } = d.process;
    clock.stop();
    await pass(d.world, knownForMs);
    clock.resume();
    expect(words(() => d.issue('stopContainer', where))).toMatch(verdict);
  });
});

describe('more of a service than may run at once', () => {
  /** Another replica of web is started; `isPlanned`: its row was written before. */
  function startAnother(d: Deployed, attempt: number, isPlanned: boolean): { host: string; object: string } {
    const { object } = at(d, 'web');
    const name = object.replace(/\d+$/, String(attempt));
    if (isPlanned)
      d.rewrite('web', ({ instances }) => {
        const [like] = instances.filter(({ ordinal }) => object.includes(`.${ordinal}.`));
        return { instances: like === undefined ? instances : [...instances, { ...like, attempt }] };
      });
    const where = { ...d.twin('web', { name }), object: name };
    d.checks.afterEvent();
    return where;
  }

  it('are told when one comes that was planned', async () => {
    const d = await Deployed.shop();
    startAnother(d, 8, true);
    const last = startAnother(d, 9, true);
    expect(words(() => d.land('startContainer', last))).toMatch(/I4 4 of web run where 3 are allowed/);
  });

  it('are not where an engine has just started one again that nobody had any more', async () => {
    const d = await Deployed.shop();
    startAnother(d, 8, false);
    const last = startAnother(d, 9, true);
    expect(words(() => d.land('startContainer', last))).toBe('nothing');
  });

  it.each([
    [74_000, 'nothing'],
    [76_000, /I4 4 of web run where 3 are allowed/],
  ])('are told of the one that an engine has started again %d ms ago: %s', async (agoMs, verdict) => {
    const d = await Deployed.shop();
    const last = startAnother(d, 9, true);
    startAnother(d, 8, false);
    // The next process has just begun, and does nothing about it yet.
    d.world.crash(d.process, agoMs - 1, 'by the test');
    await pass(d.world, agoMs);
    expect(words(() => d.land('startContainer', last))).toMatch(verdict);
  });
});
