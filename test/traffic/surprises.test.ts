// What a host's load balancer does when less is known than was, or other things are there than were made.

import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observed/observed.ts';
import { CONTROLLER, service } from '../plan/world.ts';
import { connecting, meshOf, only, serving, stageOf, to } from './words.ts';

const web = connecting('web', [to('api')]);

describe('a load balancer', () => {
  it('stays while containers of a forgotten revision still need it', () => {
    const stage = stageOf([serving('api'), web]).settle();
    const { memory } = stage.world;
    const lost = { ...memory, services: new Map(), revisions: new Map(), balancers: new Map() };
    stage.world = { ...stage.world, memory: lost };
    stage.played.length = 0;
    stage.commit(serving('api'), connecting('web', [], { image: 'registry.test/shop/web:2' })).settle();
    expect(stage.runs()).toBe('api:1 ×1, web:2 ×1');
    const at = (action: string): number => stage.played.findIndex((one) => one.startsWith(action));
    expect(at('stopContainer shop.web.')).toBeGreaterThan(-1);
    expect(at('stopContainer plimsoll.proxy.')).toBeGreaterThan(at('stopContainer shop.web.'));
  });

  it('stays while no row knows of the containers that need it', () => {
    const stage = stageOf([serving('api'), web]).settle();
    const { memory, desired } = stage.world;
    const lost = { ...memory, services: new Map(), revisions: new Map(), balancers: new Map() };
    stage.world = {
      ...stage.world,
      memory: lost,
      desired: { ...desired, commits: new Map(), services: new Map() },
    };
    stage.played.length = 0;
    stage.settle();
    expect(stage.played).toEqual([]);
  });

  it('stays on a host whose only replica is paused: what others ask may be on its way through it', () => {
    const api = serving('api', { change: { serves: [{ port: 8080, protocol: 'http' }], ...only('h1') } });
    const stage = meshOf([api, connecting('web', [to('api')], { change: only('h2') })], 'h1', 'h2').settle();
    expect(stage.runs()).toBe('api:1 ×1, haproxy ×4, web:1 ×1');
    stage.played.length = 0;
    stage.meddle((c) => (c.name.startsWith('shop.api.') ? { ...c, status: 'paused' } : c));
    for (let second = 0; second < 10; second += 1) {
      stage.step();
      stage.wait(1_000);
    }
    expect(stage.played.filter((action) => action.startsWith('stopContainer'))).toEqual([]);
  });

  it('and forty services that come to a host at once get networks that do not overlap', () => {
    const many = Array.from({ length: 40 }, (_, n) => service(`s${n}`, { change: {} }));
    const plan = stageOf([serving('api'), web, ...many]).step();
    const subnets = plan.actions.flatMap((action) =>
      action.kind === 'createNetwork' ? [action.subnet] : [],
    );
    expect(subnets).toHaveLength(43);
    expect(new Set(subnets).size).toBe(43);
  });

  it('uses the volume that an engine has made for it, without labels', () => {
    const stage = stageOf([serving('api'), web]);
    const volume = { name: 'plimsoll.balancer', labels: {} };
    const views = [...stage.world.observed.hosts.values()].map((view) => ({
      ...view,
      volumes: new Map(view.volumes).set(volume.name, volume),
    }));
    stage.world = { ...stage.world, observed: observe(views, CONTROLLER) };
    expect(stage.settle().runs()).toBe('api:1 ×1, haproxy ×2, web:1 ×1');
  });
});
