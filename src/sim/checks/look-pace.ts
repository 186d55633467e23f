// A container is looked at when something asks for it, and not more often (I12): in its turn in the audit,
// after an event that was told of it, and after something was done. How much that is depends on what happens
// on the host: containers that crash in turn tell many events a minute.

import type { HostId } from '../../kernel/ids.ts';
import type { EngineEvent } from '../../observed/report.ts';
import type { Effect, EffectOutcome, Question } from '../link/observer.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

const MINUTE_MS = 60_000;

/** What asks for looks. */
interface Grounds {
  /** Events of containers, actions, and names that were taken. */
  reasons: number;
  /** Containers that were there when reports were asked for. */
  listed: number;
}

interface Minute extends Grounds {
  sinceMs: number;
  looks: number;
  /** Until this minute began: a look may have to wait, and its process may be stopped meanwhile. */
  before: Grounds;
}

const newMinute = (sinceMs: number, before: Grounds): Minute => ({
  sinceMs,
  looks: 0,
  reasons: 0,
  listed: 0,
  before,
});

/** Whether somebody has to look at a container because of it. */
const tellsOfContainer = ({ type, action, container }: EngineEvent): boolean =>
  type === 'container' ? action !== 'destroy' : type === 'network' && container !== null;

export class LookPace implements Check {
  readonly #scene: Scene;
  readonly #minutes = new WeakMap<SimProcess, Map<string, Minute>>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  heard(host: HostId, event: EngineEvent, process: SimProcess): void {
    if (tellsOfContainer(event)) this.#minuteOf(host, process).reasons += 1;
  }

  said({ kind, host }: SaidEvent, process: SimProcess): void {
    if (kind === 'action/started' && host !== null) this.#minuteOf(host, process).reasons += 1;
  }

  /** Where a name is taken it is looked at who has it. */
  answered({ kind, host }: Effect, outcome: EffectOutcome, process: SimProcess): void {
    if (kind === 'createContainer' && outcome === 'engine/conflict')
      this.#minuteOf(host, process).reasons += 1;
  }

  asked({ kind, at }: Question, process: SimProcess): void {
    if (kind === 'report') this.#minuteOf(at, process).listed += this.#containersOn(at);
    if (kind === 'inspect') this.#look(at, process);
  }

  #look(host: string, process: SimProcess): void {
    const minute = this.#minuteOf(host, process);
    minute.looks += 1;
    const most = this.#most(minute);
    if (minute.looks <= most) return;
    const words = `${process.name}: inspect ${host}: ${minute.looks} times a minute, of which ${most} have a reason`;
    throw new Violation('I12', words);
  }

  #containersOn(host: string): number {
    return this.#scene.world.hosts.get(host)?.engine.machine.containers.size ?? 0;
  }

  #most({ reasons, listed, before }: Minute): number {
    const { tempo } = this.#scene.world;
    const audits = Math.ceil(MINUTE_MS / tempo.settings.auditMs);
    const asked = audits + 1 + reasons + before.reasons;
    // Of a look while a report is taken nobody knows which of the two is newer: it is made once more.
    return asked + Math.min(asked, listed + before.listed);
  }

  #minuteOf(host: string, process: SimProcess): Minute {
    const { nowMs } = this.#scene;
    const minutes = this.#minutes.get(process) ?? new Map<string, Minute>();
    this.#minutes.set(process, minutes);
    let minute = minutes.get(host) ?? newMinute(nowMs, { reasons: 0, listed: 0 });
    const { reasons, listed } = minute;
    if (nowMs - minute.sinceMs > MINUTE_MS) minute = newMinute(nowMs, { reasons, listed });
    minutes.set(host, minute);
    return minute;
  }
}
