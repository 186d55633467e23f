// A container is looked at when something asks for it, and not more often (I12): in its turn in the audit,
// after an event that was told of it, after something was done, and once more where it was looked at while a report
// was taken, since nobody knows then which of the two is newer. How much that is depends on what happens on the
// host: containers that crash in turn tell many events a minute.

import type { HostId } from '../../kernel/ids.ts';
import type { EngineEvent } from '../../observed/report.ts';
import type { Effect, EffectKind, EffectOutcome, Question } from '../link/observer.ts';
import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

const MINUTE_MS = 60_000;

interface Minute {
  sinceMs: number;
  looks: number;
  reasons: number;
  /** In the minute before it: a look may have to wait, and its process may be stopped meanwhile. */
  reasonsBefore: number;
}

/** How often so far. */
interface Asked {
  readonly reports: number;
  readonly looks: number;
}

const NOTHING: Asked = { reports: 0, looks: 0 };

const newMinute = (sinceMs: number, reasonsBefore: number): Minute => ({
  sinceMs,
  looks: 0,
  reasons: 0,
  reasonsBefore,
});

const TOLD_AT_THE_END: ReadonlySet<EffectKind> = new Set([
  'connectNetwork',
  'disconnectNetwork',
  'tellBalancer',
]);

/** Whether somebody has to look at a container because of it. */
const tellsOfContainer = ({ type, action, container }: EngineEvent): boolean =>
  type === 'container' ? action !== 'destroy' : type === 'network' && container !== null;

export class LookPace implements Check {
  readonly #scene: Scene;
  readonly #minutes = new WeakMap<SimProcess, Map<string, Minute>>();
  /** By process and host. */
  readonly #asked = new WeakMap<SimProcess, Map<string, Asked>>();
  /** What had been asked for when a question was. */
  readonly #before = new WeakMap<Question, Asked>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  heard(host: HostId, event: EngineEvent, process: SimProcess): void {
    if (tellsOfContainer(event)) this.#minuteOf(host, process).reasons += 1;
  }

  said({ kind, host }: SaidEvent, process: SimProcess): void {
    if (kind === 'action/started' && host !== null) this.#minuteOf(host, process).reasons += 1;
  }

  /** These are told at their end, after they were looked at. */
  issued({ kind, host }: Effect, process: SimProcess): void {
    if (TOLD_AT_THE_END.has(kind)) this.#minuteOf(host, process).reasons += 1;
  }

  /** Where a name is taken it is looked at who has it. */
  answered({ kind, host }: Effect, outcome: EffectOutcome, process: SimProcess): void {
    if (kind === 'createContainer' && outcome === 'engine/conflict')
      this.#minuteOf(host, process).reasons += 1;
  }

  asked(question: Question, process: SimProcess): void {
    const { kind, at } = question;
    if (kind !== 'report' && kind !== 'inspect') return;
    const hosts = this.#asked.get(process) ?? new Map<string, Asked>();
    this.#asked.set(process, hosts);
    const { reports, looks } = hosts.get(at) ?? NOTHING;
    const isReport = kind === 'report';
    const asked = { reports: reports + (isReport ? 1 : 0), looks: looks + (isReport ? 0 : 1) };
    hosts.set(at, asked);
    this.#before.set(question, asked);
    if (!isReport) this.#look(at, process);
  }

  learnt(question: Question, process: SimProcess): void {
    const before = this.#before.get(question);
    const now = this.#asked.get(process)?.get(question.at);
    if (before === undefined || now === undefined) return;
    const { kind, at } = question;
    // Looks while the report was taken, or a look while reports were.
    const again = kind === 'report' ? now.looks - before.looks : Math.min(1, now.reports - before.reports);
    this.#minuteOf(at, process).reasons += again;
  }

  #look(host: string, process: SimProcess): void {
    const minute = this.#minuteOf(host, process);
    minute.looks += 1;
    const most = this.#most(minute);
    if (minute.looks <= most) return;
    const words = `${process.name}: inspect ${host}: ${minute.looks} times a minute, of which ${most} have a reason`;
    throw new Violation('I12', words);
  }

  #most({ reasons, reasonsBefore }: Minute): number {
    const { tempo } = this.#scene.world;
    return Math.ceil(MINUTE_MS / tempo.settings.auditMs) + 1 + reasons + reasonsBefore;
  }

  #minuteOf(host: string, process: SimProcess): Minute {
    const { nowMs } = this.#scene;
    const minutes = this.#minutes.get(process) ?? new Map<string, Minute>();
    this.#minutes.set(process, minutes);
    let minute = minutes.get(host) ?? newMinute(nowMs, 0);
    if (nowMs - minute.sinceMs > MINUTE_MS) minute = newMinute(nowMs, minute.reasons);
    minutes.set(host, minute);
    return minute;
  }
}
