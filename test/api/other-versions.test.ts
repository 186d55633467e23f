// A client and a controller of different versions, as they meet over `--controller ssh://`: what the older
// one lacks is filled in, what the newer one adds is shown or passed over.

import { describe, expect, it } from 'vitest';
import type { ControllerEvent, LogLine, ServiceAnswer, StatusAnswer } from '../../src/api/client.ts';
import { startCannedController } from './canned-controller.ts';

const WEB = { namespace: 'default', name: 'web' };
const STATUS: StatusAnswer = {
  commit: 'a'.repeat(40),
  phase: 'converged',
  services: [
    {
      ...WEB,
      desired: 1,
      ready: 1,
      revision: '0123456789ab',
      phase: 'ready',
      waitsForPerson: false,
      because: 'ready',
    },
  ],
  hosts: [{ name: 'h1', state: 'fresh', because: 'connected' }],
  sources: [],
  problems: [],
};
const SERVICE: ServiceAnswer = {
  ...WEB,
  desired: 1,
  ready: 1,
  revision: '0123456789ab',
  phase: 'ready',
  waitsForPerson: false,
  because: 'ready',
  image: 'registry.test/shop/web:1',
  desiredImage: null,
  source: 'main',
  commit: null,
  stable: null,
  pin: null,
  dependsOn: [],
  rollout: {
    sequence: 1,
    kind: 'deploy',
    from: null,
    to: '0123456789ab',
    commit: null,
    phase: 'succeeded',
    because: 'first deployment',
    startedAt: 1,
    endedAt: 2,
    canary: null,
  },
  instances: [
    {
      ordinal: 0,
      revision: '0123456789ab',
      host: 'h1',
      intent: 'run',
      because: 'first deployment',
      plannedAt: 1,
      readyAt: 2,
      container: {
        name: 'default.web.0123456789ab.0.0',
        id: 'c1',
        status: 'running',
        health: 'none',
        startedAt: 1,
        exitCode: null,
        restartCount: 0,
        hostPorts: [{ port: 18080, protocol: 'tcp', containerPort: null }],
      },
      hostState: 'fresh',
      asOf: null,
    },
  ],
  quarantine: [],
  blocked: [],
};

/** As JSON, without these keys at any depth. */
const without = (answer: unknown, ...keys: readonly string[]): string =>
  JSON.stringify(answer, (key, value: unknown) => (keys.includes(key) ? undefined : value));

/** As JSON, with other values at these keys, at any depth. */
const replaced = (answer: unknown, values: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(answer, (key, value: unknown) => (Object.hasOwn(values, key) ? values[key] : value));

const DESCRIBE = '/v1/services/default/web';

async function logsOf(lines: readonly object[]): Promise<LogLine[]> {
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  await using older = await startCannedController({ [`${DESCRIBE}/logs`]: [text] });
  const read: LogLine[] = [];
  for await (const line of older.client.logs(WEB, {}, new AbortController().signal)) read.push(line);
  return read;
}

const LINE = { type: 'line', container: 'c1', host: 'h1', stream: 'stdout', text: 'hello' };

describe('an older controller', () => {
  it('describes a service without the keys that came later', async () => {
    const answer = without(SERVICE, 'hostState', 'asOf', 'desiredImage', 'containerPort', 'canary');
    await using older = await startCannedController({ [DESCRIBE]: [answer] });
    expect(await older.client.ask('describe', { params: WEB })).toEqual(SERVICE);
  });

  it('does not name a container before its lines', async () => {
    expect(await logsOf([LINE])).toEqual([LINE]);
  });
});

describe('a newer controller', () => {
  it('has states that this program does not know, and they are shown as they are', async () => {
    const answer = replaced(STATUS, { phase: 'hibernating', state: 'dreaming' });
    await using newer = await startCannedController({ '/v1/status': [answer] });
    const status = await newer.client.ask('status');
    expect(status).toMatchObject({
      phase: 'hibernating',
      services: [{ phase: 'hibernating' }],
      hosts: [{ state: 'dreaming' }],
    });
  });

  it('describes a service with more keys and other words', async () => {
    const answer = replaced(SERVICE, { phase: 'hibernating', health: 'tired', intent: 'move', more: 1 });
    await using newer = await startCannedController({ [DESCRIBE]: [answer] });
    const found = await newer.client.ask('describe', { params: WEB });
    expect(found).toMatchObject({
      phase: 'hibernating',
      instances: [{ intent: 'move', container: { health: 'tired' } }],
    });
  });

  it('sends lines of a kind that this program does not know', async () => {
    expect(await logsOf([{ type: 'weather', rain: true }, LINE])).toEqual([LINE]);
  });

  it('sends messages that are no events', async () => {
    const event = {
      sequence: 1,
      at: 1,
      level: 'whisper',
      kind: 'test/told',
      service: null,
      host: null,
      source: null,
      message: 'told',
    };
    const text = `event: weather\ndata: {"rain":true}\n\nid: 1.1\ndata: ${JSON.stringify(event)}\n\n`;
    await using newer = await startCannedController({ '/v1/events/stream': [text] });
    const over = new AbortController();
    const events: ControllerEvent[] = [];
    for await (const told of newer.client.events({ signal: over.signal })) {
      events.push(told);
      over.abort();
    }
    expect(events).toEqual([{ ...event, position: '1.1' }]);
  });
});

describe('what is no answer at all', () => {
  it('is still refused', async () => {
    await using other = await startCannedController({ '/v1/status': ['{"phase":"ready"}'] });
    await expect(other.client.ask('status')).rejects.toThrow(/is no controller of this version/);
    await expect(logsOf([{ type: 'line', text: 1 }])).rejects.toThrow(/broke off/);
  });
});
