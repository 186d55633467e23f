// How the messages of a pull become progress.

import { expect, it } from 'vitest';
import { foldPullMessage, type PullState, pullProgress } from '../../../src/adapters/docker/pull-progress.ts';

it('counts layers and bytes of a pull', () => {
  const messages = [
    { id: '1.0', status: 'Pulling from web' },
    { id: 'a', status: 'Already exists' },
    { id: 'b', status: 'Pulling fs layer' },
    { id: 'b', status: 'Downloading', progressDetail: { current: 10, total: 100 } },
    { id: 'b', status: 'Downloading', progressDetail: { current: 60, total: 100 } },
    { id: 'b', status: 'Download complete' },
    { id: 'b', status: 'Extracting', progressDetail: { current: 3, total: 400 } },
    { id: 'b', status: 'Pull complete' },
    { status: 'Digest: sha256:1' },
  ];
  const progress: string[] = [];
  let state: PullState = new Map();
  for (const message of messages) {
    const next = foldPullMessage(state, message);
    if (next === state) continue;
    state = next;
    const { layersDone, layersTotal, bytesDone, bytesTotal } = pullProgress('web', state);
    progress.push(`${layersDone}/${layersTotal} ${bytesDone}/${bytesTotal}`);
  }
  expect(progress).toEqual([
    '1/1 0/0',
    '1/2 0/0',
    '1/2 10/100',
    '1/2 60/100',
    '1/2 100/100',
    '1/2 100/100',
    '2/2 100/100',
  ]);
});
