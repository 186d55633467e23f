// A Host's connection: opened on request only, ended by close, and every call ends within its time.

import { describe, expect, it } from 'vitest';
import { expectProblem, type HostSubject, look, problemOf, run, SHORT } from './host-subject.ts';

export function connectionConformance(subject: () => HostSubject): void {
  describe('connection', () => {
    it('tells about the engine', async () => {
      const engine = await subject().host.connect(SHORT);
      expect(engine.id).not.toBe('');
      expect(engine.cpus).toBeGreaterThan(0);
      expect(engine.memoryBytes).toBeGreaterThan(1_000_000);
      expect(engine.apiVersion).toMatch(/^1\.\d+$/);
    });

    it('is closed: every call fails at once, without a disconnect being told', async () => {
      const { host } = subject();
      const told: string[] = [];
      host.onDisconnect((because) => told.push(because));
      await host.close();
      await expectProblem(host.listNetworks(SHORT), 'host/unreachable');
      await expectProblem(host.report(new Map(), SHORT), 'host/unreachable');
      await expectProblem(
        host.pullImage('r.example/x:1', null, () => {}, SHORT),
        'host/unreachable',
      );
      const events = host.events(new AbortController().signal)[Symbol.asyncIterator]();
      await expectProblem(events.next(), 'host/unreachable');
      expect(told).toEqual([]);
      await host.connect(SHORT);
    });

    it('opens again after close, and again while it is open', async () => {
      const { host } = subject();
      await host.close();
      await host.connect(SHORT);
      await host.connect(SHORT);
      await expect(host.listNetworks(SHORT)).resolves.toBeInstanceOf(Array);
    });

    it('closes twice', async () => {
      const { host } = subject();
      await host.close();
      await host.close();
      await host.connect(SHORT);
    });
  });
}

export function deadlineConformance(subject: () => HostSubject): void {
  describe('a call', () => {
    it('ends a call at its deadline and goes on with the others', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.stubborn);
      const startedAt = performance.now();
      const found = await problemOf(host.stopContainer(id, 60_000, { deadlineMs: 300 }));
      expect(found).toMatchObject({ code: 'host/timeout' });
      expect(performance.now() - startedAt).toBeLessThan(1_500);
      expect((await look(host, id)).status).toBe('running');
    });

    it('ends a call when its caller asks for it', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.stubborn);
      const controller = new AbortController();
      const stop = host.stopContainer(id, 60_000, { ...SHORT, signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      await expectProblem(stop, 'host/cancelled');
      await expectProblem(
        host.stopContainer(id, 0, { ...SHORT, signal: controller.signal }),
        'host/cancelled',
      );
      expect((await look(host, id)).status).toBe('running');
    });

    it('ends what is under way when it is closed', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.stubborn);
      const stop = problemOf(host.stopContainer(id, 60_000, SHORT));
      await host.listNetworks(SHORT);
      await host.close();
      expect(await stop).toMatchObject({ code: 'host/unreachable' });
      await host.connect(SHORT);
    });
  });
}
