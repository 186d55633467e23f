// How a rollout looks while it happens: lines that change on a terminal, one line per change elsewhere.

import { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ControllerEvent, ServiceStatusAnswer } from '../../src/api/client.ts';
import { ProgressView } from '../../src/cli/progress.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { Screen } from './command-line.ts';

function service(
  name: string,
  phase: ServiceStatusAnswer['phase'],
  ready: number,
  because = 'because',
): ServiceStatusAnswer {
  return {
    namespace: 'shop',
    name,
    desired: 3,
    ready,
    revision: null,
    phase,
    waitsForPerson: false,
    because,
  };
}

function event(kind: string, message: string, more: Partial<ControllerEvent> = {}): ControllerEvent {
  return {
    sequence: 1,
    position: '1.1',
    at: 0,
    level: 'info',
    kind,
    service: null,
    host: null,
    source: null,
    message,
    ...more,
  };
}

function view(isTTY: boolean): { progress: ProgressView; screen: Screen } {
  const screen = new Screen(isTTY);
  const stdin = Object.assign(Readable.from([]), { isTTY });
  const terminal = new Terminal({ stdin, stdout: screen, stderr: screen }, { NO_COLOR: '1' });
  return { progress: new ProgressView(terminal), screen };
}

/** What stands on a screen after everything that was written: cursor up and clear to the end, applied. */
function picture(text: string): string[] {
  let lines: string[] = [];
  for (const part of text.split(/(\u001b\[\d+A\r\u001b\[0J)/)) {
    const up = /^\u001b\[(\d+)A/.exec(part);
    if (up === null) {
      const added = stripVTControlCharacters(part).split('\n');
      if (added.at(-1) === '') added.pop();
      lines.push(...added);
    } else lines = lines.slice(0, lines.length - Number(up[1]));
  }
  return lines;
}

describe('without a terminal', () => {
  it('each change of a service is one line, and no line is said twice', () => {
    const { progress, screen } = view(false);
    progress.update({ services: [service('web', 'progressing', 0, 'first deployment')] });
    progress.update({ services: [service('web', 'progressing', 0, 'first deployment')] });
    progress.update({ services: [service('web', 'ready', 3)] });
    expect(screen.text).toBe(
      'shop/web: progressing, 0 of 3 ready: first deployment\nshop/web: ready, 3 of 3 ready\n',
    );
  });

  it('a step of a rollout is one line, however often what it waits for is measured', () => {
    const { progress, screen } = view(false);
    const wait = (step: string): void =>
      progress.update({ services: [service('web', 'progressing', 3, `image changed; step ${step}`)] });
    wait('2 of 4, analyze, with 5 % of the requests: 5xx 0 % of 100 requests against 0 % of 1,900');
    wait('2 of 4, analyze, with 5 % of the requests: 5xx 0 % of 120 requests against 0 % of 2,280');
    wait('3 of 4, pause 5m, with 5 % of the requests: goes on in 5m');
    wait('3 of 4, pause 5m, with 5 % of the requests: goes on in 4m59s');
    expect(screen.text.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/step 2 of 4, analyze, with 5 % of the requests: 5xx 0 % of 100 /),
      expect.stringMatching(/step 3 of 4, pause 5m, with 5 % of the requests: goes on in 5m$/),
    ]);
  });

  it('news are lines of their own, with what they are about', () => {
    const { progress, screen } = view(false);
    progress.note(event('commit/accepted', 'commit 123 is in force: a change', { source: 'main' }));
    progress.note(event('host/unreachable', 'unreachable: no answer', { host: 'h2', level: 'warning' }));
    progress.note(event('action/started', 'pull image web on h1: needed', { host: 'h1' }));
    progress.note(event('action/pulling', 'pull image web on h1: 1 of 2 layers', { host: 'h1' }));
    progress.note(event('action/succeeded', 'run shop.web on h1', { service: 'shop/web' }));
    progress.note(
      event('action/failed', 'run it: refused (engine/rejected)\n  → Correct it.', {
        service: 'shop/web',
        level: 'error',
      }),
    );
    expect(screen.text).toBe(
      'main: commit 123 is in force: a change\nh2: unreachable: no answer\npull image web on h1: needed\nshop/web: run it: refused (engine/rejected)\n  → Correct it.\n',
    );
  });
});

describe('on a terminal', () => {
  it('each service has one line that changes in place', () => {
    const { progress, screen } = view(true);
    progress.update({
      services: [service('web', 'progressing', 0), service('api', 'waiting', 0, 'waits for shop/web')],
    });
    progress.note(event('action/started', 'pull image web on h1: needed', { service: 'shop/web' }));
    progress.update({
      services: [service('web', 'progressing', 2), service('api', 'waiting', 0, 'waits for shop/web')],
    });
    expect(picture(screen.text)).toEqual([
      '… shop/web   2/3  progressing  pull image web on h1: needed',
      '… shop/api   0/3  waiting  waits for shop/web',
    ]);
    progress.update({ services: [service('web', 'ready', 3), service('api', 'failed', 0, 'no memory')] });
    expect(picture(screen.text)).toEqual(['✔ shop/web   3/3  ready', '✘ shop/api   0/3  failed  no memory']);
  });

  it('what a host does for several services stands below', () => {
    const { progress, screen } = view(true);
    progress.update({ services: [service('web', 'progressing', 0)] });
    const about = { host: 'h1' };
    const image = `registry.test/web@sha256:${'1234567890ab'.padEnd(64, '0')}`;
    progress.note(event('action/started', `pull image ${image} on h1: shop/web needs it`, about));
    progress.note(event('action/pulling', `pull image ${image} on h1: 1 of 2 layers`, about));
    expect(picture(screen.text)).toEqual([
      '… shop/web   0/3  progressing  because',
      '  pull image registry.test/web@sha256:1234567890ab… on h1: 1 of 2 layers',
    ]);
    progress.note(event('action/succeeded', `pull image ${image} on h1 (2s)`, about));
    expect(picture(screen.text)).toEqual(['… shop/web   0/3  progressing  because']);
  });

  it('nothing is written where nothing has changed', () => {
    const { progress, screen } = view(true);
    progress.update({ services: [service('web', 'progressing', 0)] });
    const before = screen.text;
    progress.update({ services: [service('web', 'progressing', 0)] });
    expect(screen.text).toBe(before);
  });

  it('news stay above', () => {
    const { progress, screen } = view(true);
    progress.update({ services: [service('web', 'progressing', 0)] });
    progress.note(event('commit/held', 'commit 123 is held', { source: 'main' }));
    expect(picture(screen.text)).toEqual([
      'main: commit 123 is held',
      '… shop/web   0/3  progressing  because',
    ]);
  });

  it('more services than lines are counted, those that move first', () => {
    const { progress, screen } = view(true);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    progress.update({
      services: names.map((name) => service(name, name === 'j' ? 'progressing' : 'ready', 3)),
    });
    const lines = picture(screen.text);
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^… shop\/j/);
    expect(lines.at(-1)).toBe('… and 3 more');
  });

  it('no line is longer than the screen is wide', () => {
    const { progress, screen } = view(true);
    progress.update({ services: [service('web', 'waiting', 0, 'x'.repeat(500))] });
    expect(picture(screen.text).map((line) => line.length)).toEqual([99]);
  });

  it('what it left stays when something else is printed', () => {
    const { progress, screen } = view(true);
    progress.update({ services: [service('web', 'ready', 3)] });
    progress.end();
    screen.write('converged\n');
    expect(picture(screen.text)).toEqual(['✔ shop/web   3/3  ready', 'converged']);
  });
});
