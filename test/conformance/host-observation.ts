// What a Host tells about itself: whole reports, and events in between.

import { describe, expect, it } from 'vitest';
import type { EngineEvent, ObservedContainer } from '../../src/observed/report.ts';
import type { Host } from '../../src/ports/host.ts';
import { freshName, type HostSubject, look, lookUntil, request, run, SHORT, SUITE } from './host-subject.ts';

const byId = (containers: readonly ObservedContainer[]): ReadonlyMap<string, ObservedContainer> =>
  new Map(containers.map((container) => [container.id, container]));

export function reportConformance(subject: () => HostSubject): void {
  describe('a report', () => {
    it('shows every container as its inspection does', async () => {
      const { host, behaviours } = subject();
      const created = await host.createContainer(request(behaviours.serves), SHORT);
      const running = await run(host, behaviours.serves);
      const ended = await run(host, behaviours.exits);
      await lookUntil(host, ended, 'its end', ({ status }) => status === 'exited');
      const { containers } = await host.report(new Map(), SHORT);
      for (const id of [created, running, ended]) {
        expect(containers.find((container) => container.id === id)).toEqual(await look(host, id));
      }
    });

    it('shows networks, volumes and images as their lists do, and the engine as connect did', async () => {
      const { host } = subject();
      const network = await host.createNetwork(
        { name: freshName('network'), labels: SUITE, subnet: null },
        SHORT,
      );
      const volume = await host.createVolume(freshName('volume'), SUITE, SHORT);
      const report = await host.report(new Map(), SHORT);
      expect(report.networks).toContainEqual(network);
      expect(report.volumes).toContainEqual(volume);
      expect(report.images).toEqual(await host.listImages(SHORT));
      expect(report.engine).toEqual(await host.connect(SHORT));
    });

    it('leaves the images out where nobody wants them', async () => {
      const { host } = subject();
      const network = await host.createNetwork(
        { name: freshName('network'), labels: SUITE, subnet: null },
        SHORT,
      );
      const report = await host.report(new Map(), { ...SHORT, withoutImages: true });
      expect(report.images).toBeNull();
      expect(report.networks).toContainEqual(network);
    });
  });
}

export function knownConformance(subject: () => HostSubject): void {
  describe('a report to somebody who knows the host', () => {
    it('keeps what is known where nothing has changed', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      const known = { ...(await look(host, id)), labels: { kept: 'yes' } };
      const { containers } = await host.report(byId([known]), SHORT);
      expect(containers.find((container) => container.id === id)).toBe(known);
    });

    it('leaves out what is known and gone', async () => {
      const { host, behaviours } = subject();
      const id = await host.createContainer(request(behaviours.serves), SHORT);
      const known = await look(host, id);
      await host.removeContainer(id, SHORT);
      const { containers } = await host.report(byId([known]), SHORT);
      expect(containers.map((container) => container.id)).not.toContain(id);
    });

    it.each([
      ['was stopped', (host: Host, id: string) => host.stopContainer(id, 0, SHORT)],
      [
        'joined a network',
        async (host: Host, id: string) => {
          const { name } = await host.createNetwork(
            { name: freshName('network'), labels: SUITE, subnet: null },
            SHORT,
          );
          await host.connectNetwork(name, id, { aliases: ['api'], address: null }, SHORT);
        },
      ],
    ])('looks again at a known container that %s', async (_, change) => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      const known = await look(host, id);
      await change(host, id);
      const { containers } = await host.report(byId([known]), SHORT);
      const found = containers.find((container) => container.id === id);
      expect(found).not.toEqual(known);
      expect(found).toEqual(await look(host, id));
    });

    it('looks again at a known container whose health has changed', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.healthy);
      const healthy = await lookUntil(host, id, 'its health', ({ health }) => health === 'healthy');
      const { containers } = await host.report(byId([{ ...healthy, health: 'starting' }]), SHORT);
      expect(containers.find((container) => container.id === id)?.health).toBe('healthy');
    });
  });
}

/** Follows the events until one of them is the last that is waited for, for 15 s at most. */
async function follow(
  host: Host,
  isLast: (event: EngineEvent) => boolean,
  cause: () => Promise<unknown>,
): Promise<EngineEvent[]> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 15_000);
  const seen: EngineEvent[] = [];
  const following = (async () => {
    for await (const event of host.events(controller.signal)) {
      seen.push(event);
      if (isLast(event)) controller.abort();
    }
  })();
  await cause();
  await following;
  clearTimeout(timer);
  return seen;
}

export function eventConformance(subject: () => HostSubject): void {
  describe('events', () => {
    it('tell the life of a container in order, with its labels', async () => {
      const { host, behaviours } = subject();
      let id = '';
      const isLast = (event: EngineEvent): boolean => event.action === 'destroy' && event.object === id;
      const seen = await follow(host, isLast, async () => {
        id = await run(host, behaviours.serves, { labels: { app: 'api' } });
        await host.stopContainer(id, 10_000, SHORT);
        await host.removeContainer(id, SHORT);
      });
      const life = seen.filter(({ type, object }) => type === 'container' && object === id);
      const milestones = ['create', 'start', 'die', 'destroy'];
      expect(life.map(({ action }) => action).filter((action) => milestones.includes(action))).toEqual(
        milestones,
      );
      for (const { labels } of life) expect(labels).toEqual({ ...SUITE, app: 'api' });
      expect(life.map(({ at }) => at)).toEqual(life.map(({ at }) => at).sort((a, b) => a - b));
    });

    it('name the container that joined and left a network', async () => {
      const { host, behaviours } = subject();
      const network = await host.createNetwork(
        { name: freshName('network'), labels: SUITE, subnet: null },
        SHORT,
      );
      let id = '';
      const isLast = (event: EngineEvent): boolean =>
        event.action === 'disconnect' && event.object === network.id;
      const seen = await follow(host, isLast, async () => {
        id = await run(host, behaviours.serves, {
          networks: [{ name: network.name, aliases: [], address: null }],
        });
        await host.stopContainer(id, 0, SHORT);
      });
      const ofNetwork = seen.filter(({ type, object }) => type === 'network' && object === network.id);
      expect(ofNetwork.filter(({ action }) => action !== 'create')).toMatchObject([
        { action: 'connect', container: id },
        { action: 'disconnect', container: id },
      ]);
    });
  });
}

export function furtherEventConformance(subject: () => HostSubject): void {
  describe('events of volumes, health and limits', () => {
    it('tell of volumes by their names', async () => {
      const { host } = subject();
      const name = freshName('volume');
      const isLast = (event: EngineEvent): boolean => event.action === 'destroy' && event.object === name;
      const seen = await follow(host, isLast, async () => {
        await host.createVolume(name, SUITE, SHORT);
        await host.removeVolume(name, SHORT);
      });
      const ofVolume = seen.filter(({ type, object }) => type === 'volume' && object === name);
      expect(ofVolume.map(({ action }) => action)).toEqual(['create', 'destroy']);
    });

    it('tell of health and of changed limits', async () => {
      const { host, behaviours } = subject();
      const limits = { memoryBytes: 2 ** 26, memoryReservationBytes: null, cpus: 0.5, pids: null };
      let id = '';
      const awaited = new Set(['health_status', 'update']);
      const seen = await follow(
        host,
        (event) => {
          if (event.object === id) awaited.delete(event.action);
          return awaited.size === 0;
        },
        async () => {
          id = await run(host, behaviours.healthy);
          await host.updateContainer(id, { limits, restartPolicy: 'no' }, SHORT);
        },
      );
      expect(seen.filter(({ object }) => object === id).map(({ action }) => action)).toEqual(
        expect.arrayContaining(['health_status', 'update']),
      );
    });
  });
}

export function eventStreamConformance(subject: () => HostSubject): void {
  describe('the stream of events', () => {
    it('miss nothing that happens between connecting and following', async () => {
      const { host } = subject();
      await host.connect(SHORT);
      const name = freshName('volume');
      await host.createVolume(name, SUITE, SHORT);
      const isLast = (event: EngineEvent): boolean => event.object === name;
      const seen = await follow(host, isLast, async () => {});
      expect(seen.map(({ object }) => object)).toContain(name);
    });

    it('end when they are no longer wanted', async () => {
      const { host } = subject();
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      for await (const event of host.events(controller.signal)) expect(event).toBeDefined();
      expect(controller.signal.aborted).toBe(true);
    });

    it('end with the connection', async () => {
      const { host } = subject();
      const iterator = host.events(new AbortController().signal)[Symbol.asyncIterator]();
      const drained = (async () => {
        while (!(await iterator.next()).done);
      })().catch(() => {});
      await host.listNetworks(SHORT);
      await host.close();
      await drained;
      await host.connect(SHORT);
    });
  });
}
