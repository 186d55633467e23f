// What a world makes of what happens on the links of a process: it is told, counted and checked, and the
// process may die of it.

import type { CrashMoment } from '../faults/fault.ts';
import type { Effect, LinkObserver, Question, QuestionKind } from '../link/observer.ts';
import type { SimProcess } from './process.ts';
import { spring } from './snare.ts';
import { effectText } from './trace-text.ts';
import type { World } from './world.ts';

const KILLED: Readonly<Record<CrashMoment, string>> = {
  before: 'before',
  unacknowledged: 'before the answer to',
  after: 'after',
};

const ASKED: Readonly<Record<Exclude<QuestionKind, 'list'>, string>> = {
  connect: 'asked connect',
  report: 'asked report',
  inspect: 'asked inspect',
  probe: 'asked probe',
  fetch: 'asked fetch',
  read: 'asked read',
  look: 'asked look',
};

/** A process asks something that changes nothing. */
export function noteQuestion(world: World, process: SimProcess, question: Question): void {
  const { kind, object } = question;
  world.counts.add(kind === 'list' ? `asked list ${object}` : ASKED[kind]);
  world.guard(() => world.onlooker?.asked(question, process));
}

/** `name`: another one for each link, by which its tries to connect are told apart from those of others. */
export function watchLink(world: World, process: SimProcess, name: string): LinkObserver {
  const springs = (when: CrashMoment, effect: Effect): boolean => {
    if (!process.isAlive) return false;
    spring(world, when, process, effect);
    const open = world.trapdoor?.when === when ? world.trapdoor : null;
    if (open !== null) world.trapdoor = null;
    const downMs = open?.downMs ?? world.injector?.atEffect(when, effect) ?? null;
    if (downMs === null) return false;
    world.crash(process, downMs, `${KILLED[when]} ${effectText(effect)}`);
    return true;
  };
  return {
    asked: (question) =>
      noteQuestion(world, process, question.kind === 'connect' ? { ...question, object: name } : question),
    learnt: (question) => world.guard(() => world.onlooker?.learnt(question, process)),
    heard: (host, event) => world.guard(() => world.onlooker?.heard(host, event, process)),
    connected: (host) => world.guard(() => world.onlooker?.connected(host, process)),
    issued: (effect) => {
      if (springs('before', effect)) return 'crash';
      world.counts.add(`effect ${effect.kind}`);
      world.guard(() => world.onlooker?.issued(effect, process));
      return 'go';
    },
    landed: (effect, outcome) => {
      world.trace.add(`${effect.host}: ${effect.kind} ${effect.object} ${outcome}`);
      world.guard(() => world.onlooker?.landed(effect, outcome, process));
      springs('unacknowledged', effect);
    },
    answered: (effect, outcome) => {
      world.guard(() => world.onlooker?.answered(effect, outcome, process));
      springs('after', effect);
    },
    fault: (fault) => {
      world.counts.add(`link ${fault}`);
    },
  };
}
