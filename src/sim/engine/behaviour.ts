// What the processes of a simulated image do once they run. Plain data, so that a world can be printed,
// shrunk and repeated.

/** A line of output, once or again and again. */
export interface Line {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** After the start of the process. */
  readonly afterMs: number;
  readonly everyMs: number | null;
}

export interface ListeningBehaviour {
  /** Null: on whatever port is asked for. */
  readonly ports: readonly number[] | null;
  /** `silent`: takes the connection and says nothing. */
  readonly answers: 'ok' | 'error' | 'silent';
  /** HTTP statuses of single paths; the others get 200 or, where it answers with errors, 500. */
  readonly statusOf: Readonly<Record<string, number>>;
}

export interface Behaviour {
  /** Why the engine cannot start its program, in the engine's words; null where it can. */
  readonly cannotStart: string | null;
  /** From its start on it refuses connections and fails health checks for so long. */
  readonly startupMs: number;
  /** It ends by itself, after every start anew. */
  readonly exits: { readonly afterMs: number; readonly code: number } | null;
  /** From then on it answers with errors and fails its health check; null: never. */
  readonly sickAfterMs: number | null;
  /** What a health check finds; `never`: it hangs, so that health stays `starting`. */
  readonly health: 'none' | 'passes' | 'fails' | 'never';
  /** Period of the health check that the image itself defines; manifests may define another one. */
  readonly healthEveryMs: number;
  /** Null: it listens nowhere. */
  readonly listens: ListeningBehaviour | null;
  readonly ignoresSigterm: boolean;
  /** From SIGTERM to its end, and the exit code then. */
  readonly stopMs: number;
  readonly stopCode: number;
  /** Null: never enough to matter. */
  readonly memory: { readonly startBytes: number; readonly growthBytesPerS: number } | null;
  readonly prints: readonly Line[];
}

/** Starts at once, serves on every port and ends in order when it is told to. */
export const PLAIN_BEHAVIOUR: Behaviour = {
  cannotStart: null,
  startupMs: 0,
  exits: null,
  sickAfterMs: null,
  health: 'none',
  healthEveryMs: 1_000,
  listens: { ports: null, answers: 'ok', statusOf: {} },
  ignoresSigterm: false,
  stopMs: 0,
  stopCode: 0,
  memory: null,
  prints: [],
};

/** Whether a process that has run for so long fails whatever asks it. */
export const isSick = ({ sickAfterMs }: Behaviour, elapsedMs: number): boolean =>
  sickAfterMs !== null && elapsedMs >= sickAfterMs;

/** Whether a process that has run for so long is up and well. */
export const isWell = (behaviour: Behaviour, elapsedMs: number): boolean =>
  elapsedMs >= behaviour.startupMs && !isSick(behaviour, elapsedMs);
