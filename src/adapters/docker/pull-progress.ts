// Folds the engine's messages about layers into one number for people.

import type { PullProgress } from '../../ports/host.ts';
import type { PullMessage } from './engine-answers.ts';

interface Layer {
  readonly isDone: boolean;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export type PullState = ReadonlyMap<string, Layer>;

const DONE = new Set(['Pull complete', 'Already exists']);
const DOWNLOADED = new Set([...DONE, 'Download complete', 'Verifying Checksum', 'Extracting']);
const OF_LAYERS = new Set([...DOWNLOADED, 'Pulling fs layer', 'Waiting', 'Downloading']);

/** The state after a message; the same object where the message is not about a layer. */
export function foldPullMessage(state: PullState, message: PullMessage): PullState {
  const { id, status = '', progressDetail } = message;
  if (id === undefined || !OF_LAYERS.has(status)) return state;
  const before = state.get(id) ?? { isDone: false, bytesDone: 0, bytesTotal: 0 };
  // While a layer is extracted the same fields count unpacked bytes: the download's are kept.
  const bytesTotal =
    status === 'Downloading' ? (progressDetail?.total ?? before.bytesTotal) : before.bytesTotal;
  const bytesDone = DOWNLOADED.has(status) ? bytesTotal : (progressDetail?.current ?? before.bytesDone);
  return new Map(state).set(id, { isDone: DONE.has(status), bytesDone, bytesTotal });
}

export function pullProgress(image: string, state: PullState): PullProgress {
  const layers = [...state.values()];
  const sum = (of: (layer: Layer) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  return {
    image,
    layersDone: layers.filter(({ isDone }) => isDone).length,
    layersTotal: layers.length,
    bytesDone: sum(({ bytesDone }) => bytesDone),
    bytesTotal: sum(({ bytesTotal }) => bytesTotal),
  };
}
