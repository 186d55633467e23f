// A list that was asked for before something happened must not undo what was told about it since.

import { expect, it } from 'vitest';
import { HostId } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { LateAnswers } from '../../src/loop/late-answers.ts';
import { foldUpdate, unknownHost } from '../../src/observed/host-view.ts';
import type { HostReport, HostUpdate, ObservedContainer } from '../../src/observed/report.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from '../rollout/stage.ts';

const HOST = HostId.parse('h1');
const AT = instant(1_000);
const containers = new Stage(world([host('h1')], [service('api', { replicas: 2 })])).settle().containers();
const [first, second] = containers;
if (first === undefined || second === undefined) throw new Error('the stage has two containers');

const told = (container: ObservedContainer): HostUpdate => ({
  kind: 'container',
  host: HOST,
  at: AT,
  container,
});

function report(...listed: readonly ObservedContainer[]): HostReport {
  const engine = {
    id: 'e',
    version: '27.0.0',
    apiVersion: '1.46',
    os: 'linux',
    architecture: 'amd64',
    cpus: 2,
    memoryBytes: 1,
    liveRestore: true,
  };
  return { at: AT, engine, containers: listed, networks: [], volumes: [], images: null };
}

async function seenAfter(late: LateAnswers, taken: HostReport, meanwhile: () => void): Promise<string[]> {
  const updates = await late.around(async () => {
    meanwhile();
    return taken;
  }, HOST);
  const view = updates.reduce(foldUpdate, unknownHost(HOST, AT));
  return [...view.containers.values()].map(
    (c) => `${c.name === first?.name ? 'first' : 'second'} ${c.status}`,
  );
}

it('a container that was destroyed while the list was on its way does not come back', async () => {
  const late = new LateAnswers();
  const seen = await seenAfter(late, report(first, second), () => late.noteDestroyed(first.id));
  expect(seen).toEqual(['second running']);
});

it('a container that was seen after the list was asked for is not lost', async () => {
  const late = new LateAnswers();
  const seen = await seenAfter(late, report(first), () => late.note([told(second)]));
  expect(seen).toEqual(['first running', 'second running']);
});

it('a state that a later look has told is not overwritten by the older list', async () => {
  const late = new LateAnswers();
  const seen = await seenAfter(late, report(first), () => late.note([told({ ...first, status: 'exited' })]));
  expect(seen).toEqual(['first exited']);
});

it('what was told before the list was asked for is the older one', async () => {
  const late = new LateAnswers();
  late.note([told({ ...first, status: 'exited' })]);
  expect(await seenAfter(late, report(first), () => {})).toEqual(['first running']);
});
