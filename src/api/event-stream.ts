// Server-sent events: what the controller tells, as it happens. A client that reads too slowly is let go
// and comes back with the position that it has reached.

import type { FastifyReply } from 'fastify';
import type { ControllerEvent } from '../loop/events.ts';
import type { EventFeed, EventPlace } from './event-feed.ts';

/** Proxies and clients take silence for the end of a connection. */
const HEARTBEAT_MS = 15_000;
const MAX_UNREAD_BYTES = 1024 * 1024;

function eventText(feed: EventFeed, event: ControllerEvent): string {
  return `id: ${feed.positionOf(event)}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Answers with everything after `place`, then with what comes; ends with the client or `signal`. */
export function streamEvents(
  reply: FastifyReply,
  feed: EventFeed,
  place: EventPlace | null,
  signal: AbortSignal,
): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const write = (text: string): void => {
    if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
    else raw.write(text);
  };
  const { position, events } = feed.since(place);
  // A client that gets no event at all knows its position too.
  write(`event: position\nid: ${position}\ndata: ${JSON.stringify(position)}\n\n`);
  for (const event of events) write(eventText(feed, event));
  const unsubscribe = feed.subscribe((event) => write(eventText(feed, event)));
  const heartbeat = setInterval(() => write(': heartbeat\n\n'), HEARTBEAT_MS);
  const end = (): void => void raw.end();
  signal.addEventListener('abort', end, { once: true });
  raw.once('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
    signal.removeEventListener('abort', end);
  });
  if (signal.aborted) end();
}
