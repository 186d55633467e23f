// What a Host does to containers: each verb, what it leaves behind, and that it can be repeated.

import { describe, expect, it } from 'vitest';
import {
  expectProblem,
  freshName,
  type HostSubject,
  look,
  lookUntil,
  request,
  run,
  SHORT,
} from './host-subject.ts';

const MIB = 1024 * 1024;

export function creationConformance(subject: () => HostSubject): void {
  describe('creating a container', () => {
    it('creates without starting', async () => {
      const { host, behaviours } = subject();
      const made = request(behaviours.serves, { labels: { app: 'api' } });
      const id = await host.createContainer(made, SHORT);
      expect(await look(host, id)).toMatchObject({
        id,
        name: made.name,
        labels: { app: 'api', suite: 'host-conformance' },
        status: 'created',
        startedAt: null,
        exitCode: null,
        restartCount: 0,
        restartPolicy: 'no',
        limits: { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null },
      });
      expect(await look(host, made.name)).toMatchObject({ id });
    });

    it('gives null for a container that is not there', async () => {
      expect(await subject().host.inspectContainer(freshName('nobody'), SHORT)).toBeNull();
    });

    it('refuses a name that is taken and leaves its holder alone', async () => {
      const { host, behaviours } = subject();
      const made = request(behaviours.serves);
      const id = await host.createContainer(made, SHORT);
      await expectProblem(host.createContainer(made, SHORT), 'engine/conflict');
      expect(await look(host, made.name)).toMatchObject({ id, status: 'created' });
    });

    it('refuses an image that is not on the host', async () => {
      const { host } = subject();
      const made = request({ image: 'r.example/not-here:1' });
      await expectProblem(host.createContainer(made, SHORT), 'image/not-found');
      expect(await host.inspectContainer(made.name, SHORT)).toBeNull();
    });

    it('applies limits and restart policy', async () => {
      const { host, behaviours } = subject();
      const limits = { memoryBytes: 64 * MIB, memoryReservationBytes: 32 * MIB, cpus: 0.5, pids: 100 };
      const id = await run(host, behaviours.serves, { spec: { limits, restart: 'unless-stopped' } });
      expect(await look(host, id)).toMatchObject({ limits, restartPolicy: 'unless-stopped' });
    });
  });
}

export function startConformance(subject: () => HostSubject): void {
  describe('starting a container', () => {
    it('starts, and starting again changes nothing', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      const first = await look(host, id);
      expect(first).toMatchObject({ status: 'running', exitCode: null });
      expect(first.startedAt).not.toBeNull();
      await host.startContainer(id, SHORT);
      expect(await look(host, id)).toMatchObject({ status: 'running', startedAt: first.startedAt });
    });

    it('cannot start a program that does not exist', async () => {
      const { host, behaviours } = subject();
      const id = await host.createContainer(request(behaviours.cannotStart), SHORT);
      await expectProblem(host.startContainer(id, SHORT), 'engine/rejected');
      expect((await look(host, id)).status).not.toBe('running');
    });

    it('cannot start what is not there', async () => {
      const { host } = subject();
      await expectProblem(host.startContainer(freshName('nobody'), SHORT), 'engine/not-found');
      await expectProblem(host.stopContainer(freshName('nobody'), 0, SHORT), 'engine/not-found');
    });

    it('publishes a port, and refuses it to a second container', async () => {
      const { host, behaviours } = subject();
      const ports = [{ target: 8080, protocol: 'tcp', published: null, hostIp: '0.0.0.0' } as const];
      const published = { spec: { ports }, hostPorts: [18_080] };
      const first = await run(host, behaviours.serves, published);
      expect((await look(host, first)).hostPorts).toEqual([{ port: 18_080, protocol: 'tcp' }]);
      const second = await host.createContainer(request(behaviours.serves, published), SHORT);
      await expectProblem(host.startContainer(second, SHORT), 'engine/port-taken');
      expect((await look(host, first)).status).toBe('running');
    });

    it('lets the engine choose a port', async () => {
      const { host, behaviours } = subject();
      const ports = [{ target: 8080, protocol: 'tcp', published: null, hostIp: '0.0.0.0' } as const];
      const id = await run(host, behaviours.serves, { spec: { ports }, hostPorts: [null] });
      expect((await look(host, id)).hostPorts).toEqual([{ port: expect.any(Number), protocol: 'tcp' }]);
    });
  });
}

export function lifeConformance(subject: () => HostSubject): void {
  describe('the life of a container', () => {
    it('shows the exit code of what ended by itself', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.exits);
      const ended = await lookUntil(host, id, 'its end', ({ status }) => status === 'exited');
      expect(ended).toMatchObject({ exitCode: 3, outOfMemory: false });
      expect(ended.finishedAt).not.toBeNull();
    });

    it('restarts what ended where the policy says so', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.exits, { spec: { restart: 'unless-stopped' } });
      await lookUntil(host, id, 'a second restart', ({ restartCount }) => restartCount >= 2);
      await host.stopContainer(id, 0, SHORT);
      await lookUntil(host, id, 'its end', ({ status }) => status === 'exited');
    });

    it.each([
      ['healthy', 'healthy'],
      ['unhealthy', 'unhealthy'],
    ] as const)('shows that health becomes %s', async (which, health) => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours[which]);
      expect(['starting', health]).toContain((await look(host, id)).health);
      await lookUntil(host, id, health, (container) => container.health === health);
    });
  });
}

export function endConformance(subject: () => HostSubject): void {
  describe('stopping and removing a container', () => {
    it('stops in time, and stopping again changes nothing', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      await host.stopContainer(id, 10_000, SHORT);
      const stopped = await look(host, id);
      expect(stopped).toMatchObject({ status: 'exited', exitCode: 0 });
      await host.stopContainer(id, 10_000, SHORT);
      expect(await look(host, id)).toEqual(stopped);
    });

    it('kills at the end of the grace', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.stubborn);
      const startedAt = performance.now();
      await host.stopContainer(id, 1_000, SHORT);
      expect(performance.now() - startedAt).toBeGreaterThan(900);
      expect(await look(host, id)).toMatchObject({ status: 'exited', exitCode: 137 });
    });

    it('restarts', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      const before = await look(host, id);
      await host.restartContainer(id, 10_000, SHORT);
      const after = await look(host, id);
      expect(after.status).toBe('running');
      expect(after.startedAt).toBeGreaterThan(before.startedAt ?? Number.POSITIVE_INFINITY);
    });

    it('removes what is stopped, and what is gone is gone', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      await expectProblem(host.removeContainer(id, SHORT), 'engine/conflict');
      expect((await look(host, id)).status).toBe('running');
      await host.stopContainer(id, 0, SHORT);
      await host.removeContainer(id, SHORT);
      expect(await host.inspectContainer(id, SHORT)).toBeNull();
      await host.removeContainer(id, SHORT);
    });
  });
}

export function limitConformance(subject: () => HostSubject): void {
  describe('a change of limits', () => {
    const limits = { memoryBytes: 64 * MIB, memoryReservationBytes: 32 * MIB, cpus: 0.5, pids: 100 };
    const none = { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null };

    it('sets limits where there were none, raises and lowers them', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      for (const memoryBytes of [64 * MIB, 512 * MIB, 32 * MIB]) {
        const change = { limits: { ...limits, memoryBytes }, restartPolicy: 'unless-stopped' };
        await host.updateContainer(id, change, SHORT);
        expect(await look(host, id)).toMatchObject({ status: 'running', ...change });
      }
    });

    it('takes away reservation and process limit', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves, { spec: { limits } });
      const fewer = { ...limits, memoryReservationBytes: null, pids: null };
      await host.updateContainer(id, { limits: fewer, restartPolicy: 'no' }, SHORT);
      expect((await look(host, id)).limits).toEqual(fewer);
    });

    it('says so where the engine cannot take a limit away', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves, { spec: { limits } });
      await expectProblem(
        host.updateContainer(id, { limits: none, restartPolicy: 'no' }, SHORT),
        'engine/rejected',
      );
    });

    it('passes where there is nothing to take away', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      await host.updateContainer(id, { limits: none, restartPolicy: 'no' }, SHORT);
      expect((await look(host, id)).limits).toEqual(none);
    });
  });
}
