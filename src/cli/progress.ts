// How a convergence looks: on a terminal one line per service that changes in place, elsewhere one line
// for each thing that happened. Fed with the controller's status and events; knows no clock.

import type { ControllerEvent, ServiceStatusAnswer, StatusAnswer } from '../api/client.ts';
import { cut, harmless, type Terminal, widthOf } from './terminal.ts';
import { paintState, shortDigests, styleOf } from './wording.ts';

const CLEAR_TO_END = '\u001b[0J';
const SYMBOL: Readonly<Record<string, string>> = {
  ready: '✔',
  failed: '✘',
  rollingBack: '↺',
  blocked: '✘',
  held: '■',
  paused: '■',
};
/** Told as lines of their own, on a terminal as well. */
const NEWS =
  /^(commit\/|source\/|rollout\/(failed|rolledBack|rollingBack|superseded)|host\/(stale|unreachable|fresh)|store\/|lease\/|service\/removed|internal)/;

const readable = (text: string): string => shortDigests(harmless(text));

const keyOf = (service: Pick<ServiceStatusAnswer, 'namespace' | 'name'>): string =>
  `${service.namespace}/${service.name}`;

/** What a step of a rollout waits for: a time that runs down, or numbers that are measured again and again. */
const WAIT_OF_STEP = /(?<step>step \d+ of \d+, [^:;]*): .*$/s;

/** What a line without a terminal repeats only when it changes. */
const factsOf = (s: ServiceStatusAnswer): string =>
  `${s.phase} ${s.ready}/${s.desired} ${s.because.replace(WAIT_OF_STEP, '$<step>')}`;

/** At most so many hosts are shown at work below the services. */
const MAX_HOST_LINES = 3;

export class ProgressView {
  readonly #terminal: Terminal;
  /** What is being done, by service, or by host where it serves several services. */
  readonly #activity = new Map<string, string>();
  readonly #hostActivity = new Map<string, string>();
  readonly #told = new Map<string, string>();
  #services: readonly ServiceStatusAnswer[] = [];
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes the present state. */
  update(status: Pick<StatusAnswer, 'services'>): void {
    this.#services = status.services;
    if (this.#terminal.isLive) this.#draw();
    else this.#tellChanges();
  }

  /** Takes something that happened. */
  note(event: ControllerEvent): void {
    if (NEWS.test(event.kind)) this.#say(event);
    else if (event.kind.startsWith('action/')) this.#noteAction(event);
    if (this.#terminal.isLive) this.#draw();
  }

  /** Leaves the last picture on the screen and stops moving. */
  end(): void {
    this.#drawn = [];
  }

  #noteAction(event: ControllerEvent): void {
    const text = readable(event.message.split('\n')[0] ?? '');
    const isOver = event.kind === 'action/succeeded' || event.kind === 'action/failed';
    const [activities, key] =
      event.service === null ? [this.#hostActivity, event.host] : [this.#activity, event.service];
    if (key !== null) {
      if (isOver) activities.delete(key);
      else activities.set(key, text);
    }
    if (this.#terminal.isLive) return;
    // A pull is what takes long: without it there would be silence.
    const isPull = event.kind === 'action/started' && text.startsWith('pull ');
    if (isPull || event.level === 'error') this.#say(event);
  }

  #say(event: ControllerEvent): void {
    const [first = '', ...rest] = readable(event.message).split('\n');
    const about = event.service ?? event.host ?? event.source;
    const prefix = about === null || first.includes(about) ? '' : `${about}: `;
    const painted =
      event.level === 'info'
        ? first
        : this.#terminal.paint(event.level === 'error' ? 'red' : 'yellow', first);
    this.#erase();
    this.#terminal.print([`${prefix}${painted}`, ...rest].join('\n'));
  }

  #tellChanges(): void {
    for (const service of this.#services) {
      const key = keyOf(service);
      const facts = factsOf(service);
      if (this.#told.get(key) === facts) continue;
      this.#told.set(key, facts);
      const because = service.phase === 'ready' ? '' : `: ${readable(service.because)}`;
      this.#terminal.print(
        `${key}: ${service.phase}, ${service.ready} of ${service.desired} ready${because}`,
      );
    }
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#terminal.stdout.write(`\u001b[${this.#drawn.length}A\r${CLEAR_TO_END}`);
    this.#drawn = [];
  }

  #draw(): void {
    const lines = this.#lines();
    const isSame = lines.length === this.#drawn.length && lines.every((line, at) => line === this.#drawn[at]);
    if (isSame) return;
    this.#erase();
    if (lines.length > 0) this.#terminal.print(lines.join('\n'));
    this.#drawn = lines;
  }

  /** As many lines as the screen has, those that are not ready first. */
  #lines(): readonly string[] {
    const hosts = [...this.#hostActivity].slice(0, MAX_HOST_LINES).map(([host, text]) => {
      const about = text.includes(host) ? text : `${host}: ${text}`;
      return this.#terminal.paint('dim', cut(`  ${about}`, this.#terminal.columns - 1));
    });
    const room = Math.max(3, this.#terminal.rows - 2 - hosts.length);
    const nameWidth = Math.max(0, ...this.#services.map((s) => widthOf(keyOf(s))));
    if (this.#services.length <= room)
      return [...this.#services.map((s) => this.#line(s, nameWidth)), ...hosts];
    const moving = this.#services.filter((s) => s.phase !== 'ready');
    const shown = [...moving, ...this.#services.filter((s) => s.phase === 'ready')].slice(0, room - 1);
    const rest = this.#services.length - shown.length;
    const more = this.#terminal.paint('dim', `… and ${rest} more`);
    return [...shown.map((s) => this.#line(s, nameWidth)), more, ...hosts];
  }

  #line(service: ServiceStatusAnswer, nameWidth: number): string {
    const key = keyOf(service);
    const symbol = this.#terminal.paint(styleOf(service.phase), SYMBOL[service.phase] ?? '…');
    const count = `${service.ready}/${service.desired}`.padStart(5);
    const head = `${symbol} ${key.padEnd(nameWidth)} ${count}  ${paintState(this.#terminal, service.phase)}`;
    const activity = this.#activity.get(key) ?? '';
    const detail = service.phase === 'ready' ? '' : activity === '' ? readable(service.because) : activity;
    const room = this.#terminal.columns - widthOf(head) - 3;
    return detail === '' || room < 10 ? head : `${head}  ${this.#terminal.paint('dim', cut(detail, room))}`;
  }
}
