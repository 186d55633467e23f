// How lines of the event stream are read.

import { expect, it } from 'vitest';
import { EventMessage } from '../../../src/adapters/docker/engine-answers.ts';
import { observeEvent } from '../../../src/adapters/docker/observe-event.ts';

const read = (message: object) =>
  observeEvent(EventMessage.parse({ timeNano: Number('1795220168088146678'), ...message }));

it('reads the death of a container: its labels without what the engine adds', () => {
  const Attributes = { app: 'api', image: 'nginx', name: 'shop.api.0', exitCode: '137' };
  expect(read({ Type: 'container', Action: 'die', Actor: { ID: 'c1', Attributes } })).toEqual({
    type: 'container',
    action: 'die',
    object: 'c1',
    container: null,
    labels: { app: 'api' },
    at: 1795220168088,
  });
});

it('reads a change of health by its name alone', () => {
  const Actor = { ID: 'c1', Attributes: {} };
  expect(read({ Type: 'container', Action: 'health_status: unhealthy', Actor })?.action).toBe(
    'health_status',
  );
});

it('reads which container left a network', () => {
  const Attributes = { container: 'c1', name: 'plimsoll.shop', type: 'bridge' };
  expect(read({ Type: 'network', Action: 'disconnect', Actor: { ID: 'n1', Attributes } })).toMatchObject({
    type: 'network',
    action: 'disconnect',
    object: 'n1',
    container: 'c1',
    labels: {},
  });
});

it('reads volumes by name and images by reference, without attributes', () => {
  const volume = read({ Type: 'volume', Action: 'destroy', Actor: { ID: 'v1', Attributes: null } });
  const image = read({
    Type: 'image',
    Action: 'pull',
    Actor: { ID: 'nginx:1.27', Attributes: { name: 'nginx' } },
  });
  expect([volume?.object, image?.object]).toEqual(['v1', 'nginx:1.27']);
});

it('leaves out what is not asked for', () => {
  expect(read({ Type: 'daemon', Action: 'reload', Actor: { ID: 'x', Attributes: {} } })).toBeNull();
});
