// Follows the controller's events. A connection that breaks is taken up again where it broke; events of a
// controller that was started again are told apart by their position.

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlimsollError } from '../../kernel/errors.ts';
import { STREAMS } from '../contract/endpoints.ts';
import { EventAnswer } from '../contract/operation.ts';
import { type Connect, refuseFailure, responseOf } from './transport.ts';

export type ControllerEvent = EventAnswer & {
  /** Where to go on after this event. */
  readonly position: string;
};

const REDIAL_MS = 1_000;
/** The server sends something every 15 s; longer silence means that it is gone. */
const SILENCE_MS = 40_000;

/** Messages of a stream of server-sent events: their type, id and data. */
async function* messagesOf(
  lines: AsyncIterable<string>,
): AsyncGenerator<{ readonly type: string; readonly id: string; readonly data: string }> {
  let message = { type: 'message', id: '', data: '' };
  for await (const line of lines) {
    if (line === '') {
      if (message.data !== '') yield message;
      message = { type: 'message', id: '', data: '' };
    } else if (line.startsWith('event: ')) message.type = line.slice('event: '.length);
    else if (line.startsWith('id: ')) message.id = line.slice('id: '.length);
    else if (line.startsWith('data: ')) message.data += line.slice('data: '.length);
  }
}

/** One connection's events; ends when it breaks. */
async function* eventsOnce(
  connect: Connect,
  actor: string,
  since: string | null,
  signal: AbortSignal,
): AsyncGenerator<ControllerEvent | string> {
  const { method, path } = STREAMS.followEvents;
  const query = since === null ? {} : { since };
  const response = await responseOf(connect, { method, path, params: {}, query, body: null, actor, signal });
  await refuseFailure(connect.where, response);
  const silence = setTimeout(() => response.destroy(), SILENCE_MS);
  response.on('data', () => silence.refresh());
  try {
    const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
    for await (const { type, id, data } of messagesOf(lines)) {
      if (type === 'position') yield id;
      // Another version may send what is no event.
      else if (type === 'message') yield { ...EventAnswer.parse(JSON.parse(data)), position: id };
    }
  } finally {
    clearTimeout(silence);
    response.destroy();
  }
}

/** Ends with `signal`; throws where the first connection fails. */
export async function* followEvents(
  connect: Connect,
  actor: string,
  options: { readonly since?: string; readonly signal: AbortSignal },
): AsyncGenerator<ControllerEvent> {
  const { signal } = options;
  let position = options.since ?? null;
  let wasConnected = false;
  while (!signal.aborted) {
    try {
      for await (const event of eventsOnce(connect, actor, position, signal)) {
        wasConnected = true;
        position = typeof event === 'string' ? (position ?? event) : event.position;
        if (typeof event !== 'string') yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!wasConnected || !(error instanceof PlimsollError)) throw error;
    }
    await sleep(REDIAL_MS, undefined, { signal }).catch(() => {});
  }
}
