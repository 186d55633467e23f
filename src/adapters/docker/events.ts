// The engine's event stream. It starts where the last one of the session ended, or at the session's
// beginning, so that nothing falls between a report and the events after it.

import type { EngineEvent } from '../../observed/report.ts';
import type { Engine } from './engine.ts';
import { EventMessage } from './engine-answers.ts';
import { linesOf } from './lines.ts';
import { EVENT_FILTERS, observeEvent } from './observe-event.ts';

function parseEvent(line: string): EngineEvent | null {
  try {
    const message = EventMessage.safeParse(JSON.parse(line));
    return message.success ? observeEvent(message.data) : null;
  } catch {
    return null;
  }
}

/** A moment of the engine's clock; it moves on with every event that was delivered. Null: now. */
export interface EventPosition {
  ms: number | null;
}

/** The events from `position` on, for as long as the stream lasts. One may come twice. */
export async function* readEvents(engine: Engine, position: EventPosition): AsyncGenerator<EngineEvent> {
  const stream = await engine.stream({
    method: 'GET',
    path: '/events',
    query: {
      filters: EVENT_FILTERS,
      ...(position.ms === null ? {} : { since: (position.ms / 1_000).toFixed(3) }),
    },
    attempt: 'cannot follow the events of the engine',
  });
  try {
    for await (const line of linesOf(stream)) {
      const event = parseEvent(line);
      if (event === null) continue;
      position.ms = event.at;
      yield event;
    }
  } finally {
    stream.destroy();
  }
}
