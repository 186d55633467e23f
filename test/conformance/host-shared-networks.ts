// Containers of a Host that use the network of another one, the holder.

import { describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../../src/desired/container.ts';
import type { ProbeOutcome } from '../../src/ports/host.ts';
import {
  expectProblem,
  freshName,
  type HostSubject,
  look,
  request,
  run,
  SHORT,
  SUITE,
} from './host-subject.ts';

const HOLDER = '10.203.7.90';
const SECOND = '10.203.8.90';

/** A holder that only ticks, in a network of its own. */
async function holding({
  host,
  behaviours,
}: HostSubject): Promise<{ readonly holder: string; readonly name: string }> {
  const name = freshName('network');
  await host.createNetwork({ name, labels: SUITE, subnet: '10.203.7.0/24' }, SHORT);
  const networks = [{ name, aliases: [], address: HOLDER }];
  return { holder: await run(host, behaviours.ticks, { networks }), name };
}

/** The outcome of probes within 10 s: the first that is as expected, or the last. */
async function reaches({ host }: HostSubject, address: string, isExpected: boolean): Promise<ProbeOutcome> {
  const target = { kind: 'http', address, port: 8080, path: '/', headers: {} } as const;
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const outcome = await host.probe(target, { deadlineMs: 2_000 });
    if (outcome.ok === isExpected || performance.now() > giveUpAt) return outcome;
  }
}

export function sharedNetworkConformance(subject: () => HostSubject): void {
  describe('a container in the network of another one', () => {
    it('has no networks of its own, and is reached where the other one is', async () => {
      const { host, behaviours, canProbe } = subject();
      const { holder, name } = await holding(subject());
      const holderName = (await look(host, holder)).name;
      for (const sharesNetworkOf of [holder, holderName]) {
        const id = await run(host, behaviours.serves, { sharesNetworkOf });
        const shown = { status: 'running', networks: {}, hostPorts: [], sharesNetworkOf: holder };
        expect(await look(host, id)).toMatchObject(shown);
        const known = await look(host, id);
        const { containers } = await host.report(new Map([[id, known]]), SHORT);
        expect(containers.find((container) => container.id === id)).toBe(known);
        if (canProbe) expect(await reaches(subject(), HOLDER, true)).toMatchObject({ ok: true });
        await host.stopContainer(id, 0, SHORT);
        expect(await look(host, id)).toMatchObject({ networks: {}, sharesNetworkOf: holder });
        if (canProbe) expect(await reaches(subject(), HOLDER, false)).toMatchObject({ ok: false });
      }
      expect(await look(host, holder)).toMatchObject({
        networks: { [name]: { address: HOLDER, aliases: [] } },
        sharesNetworkOf: null,
      });
    });

    it('is in every network that the other one enters and leaves', async () => {
      const { host, behaviours, canProbe } = subject();
      const { holder } = await holding(subject());
      const id = await run(host, behaviours.serves, { sharesNetworkOf: holder });
      const ask = { name: freshName('network'), labels: SUITE, subnet: '10.203.8.0/24' };
      const { name } = await host.createNetwork(ask, SHORT);
      await host.connectNetwork(name, holder, { aliases: [], address: SECOND }, SHORT);
      if (canProbe) expect(await reaches(subject(), SECOND, true)).toMatchObject({ ok: true });
      await host.disconnectNetwork(name, holder, SHORT);
      if (canProbe) expect(await reaches(subject(), SECOND, false)).toMatchObject({ ok: false });
      if (canProbe) expect(await reaches(subject(), HOLDER, true)).toMatchObject({ ok: true });
      expect(await look(host, id)).toMatchObject({ status: 'running', networks: {} });
    });

    it('runs on without any network when the other one is restarted, until it is restarted itself', async () => {
      const { host, behaviours, canProbe } = subject();
      const { holder } = await holding(subject());
      const id = await run(host, behaviours.serves, { sharesNetworkOf: holder });
      const before = await look(host, id);
      await host.restartContainer(holder, 0, SHORT);
      expect(await look(host, id)).toEqual(before);
      if (canProbe) expect(await reaches(subject(), HOLDER, false)).toMatchObject({ ok: false });
      await host.restartContainer(id, 0, SHORT);
      if (canProbe) expect(await reaches(subject(), HOLDER, true)).toMatchObject({ ok: true });
    });
  });
}

export function sharedNetworkRefusalConformance(subject: () => HostSubject): void {
  describe('the network of another container', () => {
    it('can be entered only while that one runs', async () => {
      const { host, behaviours } = subject();
      const { holder } = await holding(subject());
      const id = await run(host, behaviours.serves, { sharesNetworkOf: holder });
      await host.stopContainer(holder, 0, SHORT);
      expect((await look(host, id)).status).toBe('running');
      await expectProblem(host.restartContainer(id, 0, SHORT), 'engine/conflict');
      expect((await look(host, id)).status).toBe('exited');
      await expectProblem(host.startContainer(id, SHORT), 'engine/conflict');
      await host.startContainer(holder, SHORT);
      await host.startContainer(id, SHORT);
      await host.stopContainer(holder, 0, SHORT);
      await host.removeContainer(holder, SHORT);
      expect(await look(host, id)).toMatchObject({ status: 'running', sharesNetworkOf: holder });
      await expectProblem(host.restartContainer(id, 0, SHORT), 'engine/not-found');
      await expectProblem(host.startContainer(id, SHORT), 'engine/not-found');
    });

    it.each<[string, Partial<ContainerSpec>, readonly string[]]>([
      ['a host name', { hostname: 'x' }, []],
      ['DNS servers', { dns: ['10.1.2.3'] }, []],
      ['names of hosts', {}, ['api.shop:10.1.2.3']],
      ['ports', { ports: [{ target: 80, protocol: 'tcp', published: null, hostIp: '0.0.0.0' }] }, []],
      ['exposed ports', { expose: [80] }, []],
    ])('leaves no room for %s of its own', async (_, spec, hosts) => {
      const { host, behaviours } = subject();
      const { holder } = await holding(subject());
      const hostPorts = spec.ports === undefined ? [] : [18_080];
      const made = request(behaviours.serves, { sharesNetworkOf: holder, spec, hosts, hostPorts });
      await expectProblem(host.createContainer(made, SHORT), 'engine/rejected');
      expect(await host.inspectContainer(made.name, SHORT)).toBeNull();
    });

    it('leaves no room for networks beside it', async () => {
      const { host, behaviours } = subject();
      const { holder, name } = await holding(subject());
      const id = await run(host, behaviours.serves, { sharesNetworkOf: holder });
      const place = { aliases: ['x'], address: null };
      await expectProblem(host.connectNetwork(name, id, place, SHORT), 'engine/rejected');
      await host.disconnectNetwork(name, id, SHORT);
      await host.stopContainer(id, 0, SHORT);
      await expectProblem(host.connectNetwork(name, id, place, SHORT), 'engine/rejected');
      await host.startContainer(id, SHORT);
      expect(await look(host, id)).toMatchObject({ status: 'running', networks: {} });
    });
  });
}
