// Where a process dies: at an effect or at a write of the store, counted from 0 in the order in which they
// are sent, at one of four moments.

/**
 * before:         it is not sent.
 * sent:           it is on its way, and the next process begins before it arrives.
 * unacknowledged: it has happened, and nobody heard of it.
 * after:          the answer was heard and all that follows from it was done.
 */
export const MOMENTS = ['before', 'sent', 'unacknowledged', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface CrashPoint {
  readonly at: 'effect' | 'write';
  readonly index: number;
  readonly moment: Moment;
}

/** `17:before`, `w3:after`. */
export const pointText = ({ at, index, moment }: CrashPoint): string =>
  `${at === 'write' ? 'w' : ''}${index}:${moment}`;

/** Reads `17:before` and, for several crashes in one run, `17:before,20:sent`. */
export function parsePoints(text: string): readonly CrashPoint[] {
  return text.split(',').map((part) => {
    const [, write, digits, word] = /^(w?)(\d+):(\w+)$/.exec(part) ?? [];
    const moment = MOMENTS.find((m) => m === word);
    if (digits === undefined || moment === undefined)
      throw new Error(`"${part}" is no crash point: 17:before, w3:after; moments: ${MOMENTS.join(', ')}`);
    return { at: write === 'w' ? 'write' : 'effect', index: Number(digits), moment };
  });
}

const DOWN_MS = [40, 600, 2_500] as const;
/** A successor that begins before what was sent has arrived. */
const AT_ONCE_MS = 5;

/** For how long no process runs: at times the next one is there at once, at times it takes its while. */
export const downMsOf = ({ index, moment }: CrashPoint): number =>
  moment === 'sent' ? AT_ONCE_MS : (DOWN_MS[index % DOWN_MS.length] ?? 0);
