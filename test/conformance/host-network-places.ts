// Containers in the networks of a Host, at fixed addresses and in the network of another container.

import { describe, expect, it } from 'vitest';
import type { NetworkPlace } from '../../src/action/container-request.ts';
import type { ObservedNetwork } from '../../src/observed/report.ts';
import type { Host } from '../../src/ports/host.ts';
import {
  expectProblem,
  freshName,
  type HostSubject,
  look,
  lookUntil,
  problemOf,
  request,
  run,
  SHORT,
  SUITE,
} from './host-subject.ts';

const network = (host: Host, subnet: string | null = null): Promise<ObservedNetwork> =>
  host.createNetwork({ name: freshName('network'), labels: SUITE, subnet }, SHORT);

const called = (...aliases: string[]): NetworkPlace => ({ aliases, address: null });
const at = (address: string, ...aliases: string[]): NetworkPlace => ({ aliases, address });

const FIRST = '10.203.7.0/24';
const SECOND = '10.203.8.0/24';

export function networkMemberConformance(subject: () => HostSubject): void {
  describe('containers in networks', () => {
    it('gives a running container an address and its aliases in it', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host);
      const id = await run(host, behaviours.serves, { networks: [{ name, ...called('api', 'web') }] });
      const { networks } = await look(host, id);
      expect(networks).toEqual({
        [name]: { address: expect.stringMatching(/^\d+\./), aliases: ['api', 'web'] },
      });
      await host.stopContainer(id, 0, SHORT);
      expect((await look(host, id)).networks).toEqual({ [name]: { address: null, aliases: ['api', 'web'] } });
    });

    it('connects a container, again, and with further aliases', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host);
      const id = await run(host, behaviours.serves);
      const aliases = async () => [...((await look(host, id)).networks[name]?.aliases ?? [])].sort();
      await host.connectNetwork(name, id, called('api'), SHORT);
      expect(await aliases()).toEqual(['api']);
      await host.connectNetwork(name, id, called('api'), SHORT);
      expect(await aliases()).toEqual(['api']);
      await host.connectNetwork(name, id, called('api', 'web'), SHORT);
      expect(await aliases()).toEqual(['api', 'web']);
    });

    it('cannot connect to a network that is not there', async () => {
      const { host, behaviours } = subject();
      const id = await run(host, behaviours.serves);
      await expectProblem(host.connectNetwork(freshName('network'), id, called(), SHORT), 'engine/not-found');
    });

    it('keeps one that is in use, and removes it when it is free', async () => {
      const { host, behaviours } = subject();
      const { id, name } = await network(host);
      const container = await run(host, behaviours.serves, { networks: [{ name, ...called() }] });
      await expectProblem(host.removeNetwork(id, SHORT), 'engine/conflict');
      await host.stopContainer(container, 0, SHORT);
      await host.removeNetwork(id, SHORT);
      expect((await host.listNetworks(SHORT)).map((network) => network.id)).not.toContain(id);
      await host.removeNetwork(id, SHORT);
    });
  });
}

export function severalNetworksConformance(subject: () => HostSubject): void {
  describe('a container in several networks', () => {
    it('is in all of them, at its fixed addresses, however often it is started', async () => {
      const { host, behaviours } = subject();
      const [one, two, three] = [
        await network(host, SECOND),
        await network(host, FIRST),
        await network(host),
      ];
      const id = await run(host, behaviours.serves, {
        networks: [
          { name: one.name, ...at('10.203.8.90', 'a') },
          { name: two.name, ...at('10.203.7.90', 'b', 'c') },
          { name: three.name, ...called('d') },
        ],
      });
      const places = {
        [one.name]: at('10.203.8.90', 'a'),
        [two.name]: at('10.203.7.90', 'b', 'c'),
        [three.name]: { aliases: ['d'], address: expect.stringMatching(/^\d+\./) },
      };
      expect((await look(host, id)).networks).toEqual(places);
      await host.stopContainer(id, 0, SHORT);
      expect((await look(host, id)).networks).toEqual({
        [one.name]: called('a'),
        [two.name]: called('b', 'c'),
        [three.name]: called('d'),
      });
      await host.startContainer(id, SHORT);
      expect((await look(host, id)).networks).toEqual(places);
      await host.restartContainer(id, 0, SHORT);
      expect((await look(host, id)).networks).toEqual(places);
    });

    it('is not left over where one of them is not there', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host);
      const missing = freshName('network');
      const made = request(behaviours.serves, {
        networks: [
          { name, ...called() },
          { name: missing, ...called() },
        ],
      });
      await expectProblem(host.createContainer(made, SHORT), 'engine/not-found');
      expect(await host.inspectContainer(made.name, SHORT)).toBeNull();
    });

    it('knows the hosts that it was created with, beside those of its specification', async () => {
      const { host, behaviours, commands } = subject();
      const spec = { extraHosts: ['printer.test:10.1.2.3'] };
      const id = await run(host, behaviours.serves, { spec, hosts: ['api.shop:10.203.7.90'] });
      if (commands === null) return;
      const command = { command: commands.read('/etc/hosts'), tty: false, stdin: false, size: null };
      const session = await host.exec(id, command, SHORT);
      let content = '';
      for await (const { data } of session.output) content += Buffer.from(data).toString();
      expect(content).toMatch(/^10\.1\.2\.3\s+printer\.test$/m);
      expect(content).toMatch(/^10\.203\.7\.90\s+api\.shop$/m);
    });
  });
}

export function fixedAddressConformance(subject: () => HostSubject): void {
  describe('a fixed address', () => {
    it('is given when connecting, and another one in its place', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host, FIRST);
      const id = await run(host, behaviours.serves);
      const place = async () => (await look(host, id)).networks[name];
      await host.connectNetwork(name, id, at('10.203.7.90', 'a'), SHORT);
      expect(await place()).toEqual(at('10.203.7.90', 'a'));
      await host.connectNetwork(name, id, at('10.203.7.90', 'a'), SHORT);
      await host.connectNetwork(name, id, called('a'), SHORT);
      expect(await place()).toEqual(at('10.203.7.90', 'a'));
      await host.connectNetwork(name, id, at('10.203.7.91', 'a'), SHORT);
      expect(await place()).toEqual(at('10.203.7.91', 'a'));
      await host.restartContainer(id, 0, SHORT);
      expect(await place()).toEqual(at('10.203.7.91', 'a'));
    });

    it('is fixed from then on where the container has it by chance', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host, FIRST);
      const networks = [{ name, ...called() }];
      const other = await run(host, behaviours.serves, { networks });
      const id = await run(host, behaviours.serves, { networks });
      const address = (await look(host, id)).networks[name]?.address ?? '';
      await host.connectNetwork(name, id, at(address), SHORT);
      for (const each of [other, id]) await host.stopContainer(each, 0, SHORT);
      await host.startContainer(id, SHORT);
      expect((await look(host, id)).networks).toEqual({ [name]: at(address) });
    });

    it('is what a stopped container has at its next start, with the names that go with it', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host, FIRST);
      const id = await host.createContainer(
        request(behaviours.serves, { networks: [{ name, ...at('10.203.7.90', 'a') }] }),
        SHORT,
      );
      await host.connectNetwork(name, id, at('10.203.7.91', 'b'), SHORT);
      expect((await look(host, id)).networks).toEqual({ [name]: called('b') });
      await host.startContainer(id, SHORT);
      expect((await look(host, id)).networks).toEqual({ [name]: at('10.203.7.91', 'b') });
    });
  });
}

export function addressRefusalConformance(subject: () => HostSubject): void {
  describe('a fixed address', () => {
    it('is refused where another container has it, and everything stays as it is', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host, FIRST);
      const networks = [{ name, ...at('10.203.7.90', 'a') }];
      const first = await run(host, behaviours.serves, { networks });
      const late = await host.createContainer(request(behaviours.serves, { networks }), SHORT);
      await expectProblem(host.startContainer(late, SHORT), 'engine/conflict');
      expect((await look(host, late)).status).not.toBe('running');
      const second = await run(host, behaviours.serves);
      await expectProblem(host.connectNetwork(name, second, at('10.203.7.90'), SHORT), 'engine/conflict');
      expect((await look(host, second)).networks).not.toHaveProperty(name);
      await host.connectNetwork(name, second, at('10.203.7.91', 'b'), SHORT);
      await expectProblem(
        host.connectNetwork(name, second, at('10.203.7.90', 'b'), SHORT),
        'engine/conflict',
      );
      expect((await look(host, second)).networks[name]).toEqual(at('10.203.7.91', 'b'));
      expect((await look(host, first)).networks).toEqual({ [name]: at('10.203.7.90', 'a') });
    });

    it('that was refused is no hindrance afterwards', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host, FIRST);
      const first = await run(host, behaviours.serves, { networks: [{ name, ...at('10.203.7.90') }] });
      const id = await run(host, behaviours.serves);
      const before = (await look(host, id)).networks;
      // Taken by a container, by the host itself, and by nobody.
      for (const address of ['10.203.7.90', '10.203.7.1', '10.203.8.90'])
        await problemOf(host.connectNetwork(name, id, at(address), SHORT));
      expect((await look(host, id)).networks).toEqual(before);
      await host.restartContainer(id, 0, SHORT);
      await host.stopContainer(first, 0, SHORT);
      await host.connectNetwork(name, id, at('10.203.7.90'), SHORT);
      expect((await look(host, id)).networks).toEqual({ ...before, [name]: at('10.203.7.90') });
    });

    it('is refused where the network is not there for it', async () => {
      const { host, behaviours } = subject();
      const [free, given] = [await network(host), await network(host, FIRST)];
      const id = await run(host, behaviours.serves);
      await expectProblem(host.connectNetwork(free.name, id, at('10.203.7.90'), SHORT), 'engine/rejected');
      await expectProblem(host.connectNetwork(given.name, id, at('10.203.8.90'), SHORT), 'engine/rejected');
      await expectProblem(host.connectNetwork(given.name, id, at('10.203.7.1'), SHORT), 'engine/conflict');
      expect(Object.keys((await look(host, id)).networks)).toEqual(['bridge']);
    });
  });
}

export function disconnectConformance(subject: () => HostSubject): void {
  describe('disconnecting', () => {
    it('takes a container out of a network, and what is out is out', async () => {
      const { host, behaviours } = subject();
      const [one, two] = [await network(host, FIRST), await network(host, SECOND)];
      const id = await run(host, behaviours.serves, {
        networks: [
          { name: one.name, ...at('10.203.7.90') },
          { name: two.name, ...at('10.203.8.90') },
        ],
      });
      const networks = async () => Object.keys((await look(host, id)).networks);
      await host.disconnectNetwork(one.name, id, SHORT);
      expect(await networks()).toEqual([two.name]);
      await host.disconnectNetwork(one.name, id, SHORT);
      await host.removeNetwork(one.id, SHORT);
      await host.disconnectNetwork(one.name, id, SHORT);
      await host.stopContainer(id, 0, SHORT);
      await host.disconnectNetwork(two.name, id, SHORT);
      await host.disconnectNetwork(two.name, id, SHORT);
      expect(await networks()).toEqual([]);
      await host.removeContainer(id, SHORT);
      await host.disconnectNetwork(two.name, id, SHORT);
    });

    it('frees the address for another one', async () => {
      const { host, behaviours } = subject();
      const { name } = await network(host, FIRST);
      const networks = [{ name, ...at('10.203.7.90') }];
      const first = await run(host, behaviours.serves, { networks });
      await host.disconnectNetwork(name, first, SHORT);
      const second = await run(host, behaviours.serves, { networks });
      expect((await look(host, second)).networks).toEqual({ [name]: at('10.203.7.90') });
      expect((await look(host, first)).status).toBe('running');
    });
  });
}

export function restartAlwaysConformance(subject: () => HostSubject): void {
  it('a container that is always to run is restarted until somebody stops it', async () => {
    const { host, behaviours } = subject();
    const id = await run(host, behaviours.exits, { spec: { restart: 'always' } });
    const seen = await lookUntil(host, id, 'a second restart', ({ restartCount }) => restartCount >= 2);
    expect(seen.restartPolicy).toBe('always');
    await host.stopContainer(id, 0, SHORT);
    await lookUntil(host, id, 'its end', ({ status }) => status === 'exited');
  });
}
