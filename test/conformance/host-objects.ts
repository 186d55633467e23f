// Networks, volumes and images of a Host.

import { describe, expect, it } from 'vitest';
import type { PullProgress } from '../../src/ports/host.ts';
import {
  expectProblem,
  FILL,
  freshName,
  type HostSubject,
  look,
  request,
  run,
  SHORT,
  SUITE,
} from './host-subject.ts';

export function networkConformance(subject: () => HostSubject): void {
  describe('networks', () => {
    it('creates one, and finds it the next time, whoever asks', async () => {
      const { host } = subject();
      const name = freshName('network');
      const made = await host.createNetwork({ name, labels: { ...SUITE, owner: 'a' }, subnet: null }, SHORT);
      expect(made).toEqual({
        id: expect.any(String),
        name,
        labels: { ...SUITE, owner: 'a' },
        subnets: [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+\/\d+$/)],
      });
      expect(
        await host.createNetwork({ name, labels: { ...SUITE, owner: 'a' }, subnet: null }, SHORT),
      ).toEqual(made);
      expect(
        await host.createNetwork({ name, labels: { ...SUITE, owner: 'b' }, subnet: null }, SHORT),
      ).toEqual(made);
      const listed = await host.listNetworks(SHORT);
      expect(listed.filter((network) => network.name === name)).toEqual([made]);
    });

    it('gives one the addresses that are asked for, and nobody else the same', async () => {
      const { host, behaviours } = subject();
      const subnet = '10.203.7.0/24';
      const ask = { name: freshName('network'), labels: SUITE, subnet };
      const made = await host.createNetwork(ask, SHORT);
      expect(made.subnets).toEqual([subnet]);
      expect(await host.createNetwork(ask, SHORT)).toEqual(made);
      const id = await run(host, behaviours.serves, {
        networks: [{ name: made.name, aliases: [], address: null }],
      });
      expect((await look(host, id)).networks[made.name]?.address).toMatch(/^10\.203\.7\.\d+$/);
      const other = { ...ask, name: freshName('network') };
      await expectProblem(host.createNetwork(other, SHORT), 'engine/conflict');
      expect((await host.listNetworks(SHORT)).map(({ name }) => name)).not.toContain(other.name);
    });

    it('makes one of many that are asked for at once', async () => {
      const { host } = subject();
      const name = freshName('network');
      await Promise.all(
        Array.from({ length: 6 }, () => host.createNetwork({ name, labels: SUITE, subnet: null }, SHORT)),
      );
      const { id } = await host.createNetwork({ name, labels: SUITE, subnet: null }, SHORT);
      const listed = await host.listNetworks(SHORT);
      expect(listed.filter((network) => network.name === name).map((network) => network.id)).toEqual([id]);
    });
  });
}

const config = (path: string, text: string) => ({
  path,
  contentBase64: Buffer.from(text).toString('base64'),
  mode: 0o444,
});

export function volumeConformance(subject: () => HostSubject): void {
  describe('volumes', () => {
    it('creates one, and answers with whatever has the name', async () => {
      const { host } = subject();
      const name = freshName('volume');
      const made = await host.createVolume(name, { ...SUITE, owner: 'a' }, SHORT);
      expect(made).toEqual({ name, labels: { ...SUITE, owner: 'a' } });
      expect(await host.createVolume(name, { ...SUITE, owner: 'b' }, SHORT)).toEqual(made);
      expect((await host.listVolumes(SHORT)).filter((volume) => volume.name === name)).toEqual([made]);
    });

    it('keeps one that is in use, and removes it when it is free', async () => {
      const { host, behaviours } = subject();
      const { name } = await host.createVolume(freshName('volume'), SUITE, SHORT);
      const mounts = [{ kind: 'volume', volume: 'data', target: '/data', readOnly: false } as const];
      const made = request(behaviours.serves, { spec: { mounts }, volumes: [name] });
      const id = await host.createContainer(made, SHORT);
      expect((await look(host, id)).volumes).toEqual([name]);
      await expectProblem(host.removeVolume(name, SHORT), 'engine/conflict');
      await host.removeContainer(id, SHORT);
      await host.removeVolume(name, SHORT);
      expect((await host.listVolumes(SHORT)).map((volume) => volume.name)).not.toContain(name);
      await host.removeVolume(name, SHORT);
    });

    it('is filled with files, again and again, and no container is left of it', async () => {
      const { host, behaviours, commands } = subject();
      const { name } = await host.createVolume(freshName('volume'), SUITE, SHORT);
      const { image } = behaviours.serves;
      await host.fillVolume(name, image, SUITE, [config('a.conf', 'old')], FILL);
      await host.fillVolume(name, image, SUITE, [config('a.conf', 'new'), config('d/e.conf', 'E')], FILL);
      const { containers } = await host.report(new Map(), SHORT);
      expect(containers.filter(({ volumes }) => volumes.includes(name))).toEqual([]);
      if (commands === null) return;
      const mounts = [{ kind: 'volume', volume: 'data', target: '/config', readOnly: true } as const];
      const id = await run(host, behaviours.serves, { spec: { mounts }, volumes: [name] });
      const read = async (path: string): Promise<string> => {
        const command = { command: commands.read(path), tty: false, stdin: false, size: null };
        const session = await host.exec(id, command, SHORT);
        let content = '';
        for await (const { data } of session.output) content += Buffer.from(data).toString();
        return content;
      };
      expect([await read('/config/a.conf'), await read('/config/d/e.conf')]).toEqual(['new', 'E']);
    });
  });
}

export function fillingConformance(subject: () => HostSubject): void {
  describe('a volume', () => {
    it('is not filled by an upload that takes longer than it may, and is with more time', async () => {
      const { host, behaviours } = subject();
      const { name } = await host.createVolume(freshName('volume'), SUITE, SHORT);
      const { image } = behaviours.serves;
      const files = [config('a.conf', 'x')];
      const hurried = host.fillVolume(name, image, SUITE, files, { ...FILL, uploadMs: 0 });
      await expectProblem(hurried, 'host/timeout');
      await host.fillVolume(name, image, SUITE, files, FILL);
    });

    it('is left as it is once no more may be sent, and filled later', async () => {
      const { host, behaviours } = subject();
      const { name } = await host.createVolume(freshName('volume'), SUITE, SHORT);
      const { image } = behaviours.serves;
      const files = [config('a.conf', 'x')];
      const fillers = async (): Promise<readonly string[]> =>
        (await host.report(new Map(), SHORT)).containers.map((c) => c.name).filter((n) => n.startsWith(name));
      const stopped = host.fillVolume(name, image, SUITE, files, { ...FILL, mayGoOn: () => false });
      await expectProblem(stopped, 'host/cancelled');
      expect(await fillers()).toHaveLength(1);
      await host.fillVolume(name, image, SUITE, files, FILL);
      expect(await fillers()).toEqual([]);
    });

    it('cannot be filled through an image that is not there', async () => {
      const { host } = subject();
      const { name } = await host.createVolume(freshName('volume'), SUITE, SHORT);
      await expectProblem(
        host.fillVolume(name, 'r.example/not-here:1', SUITE, [config('a', 'A')], FILL),
        'image/not-found',
      );
    });
  });
}

export function imageConformance(subject: () => HostSubject): void {
  describe('images', () => {
    it('pulls one and tells how far it is', async () => {
      const { host, registry } = subject();
      const reference = await registry.fresh();
      const progress: PullProgress[] = [];
      await host.pullImage(reference, null, (step) => progress.push(step), SHORT);
      const last = progress.at(-1);
      expect(last?.layersTotal).toBeGreaterThan(0);
      expect(last).toMatchObject({ image: reference, layersDone: last?.layersTotal });
      const images = await host.listImages(SHORT);
      expect(images.filter(({ tags }) => tags.includes(reference))).toHaveLength(1);
      await host.pullImage(reference, null, () => {}, SHORT);
    });

    it('pulls by digest, and lists it by digest', async () => {
      const { host, registry } = subject();
      const reference = await registry.fresh();
      await host.pullImage(reference, null, () => {}, SHORT);
      const image = (await host.listImages(SHORT)).find(({ tags }) => tags.includes(reference));
      const [pinned = ''] = image?.digests ?? [];
      expect(pinned).toMatch(/@sha256:[0-9a-f]{64}$/);
      await host.removeImage(image?.id ?? '', SHORT);
      await host.pullImage(pinned, null, () => {}, SHORT);
      const again = (await host.listImages(SHORT)).find(({ digests }) => digests.includes(pinned));
      expect(again?.id).toBe(image?.id);
      const id = await host.createContainer(request({ image: pinned }), SHORT);
      expect((await look(host, id)).imageId).toBe(image?.id);
    });

    it('cannot pull what the registry does not have', async () => {
      const { host, registry } = subject();
      await expectProblem(
        host.pullImage(registry.missing, null, () => {}, SHORT),
        'image/not-found',
      );
    });

    it('pulls from a registry with a password, with the right one only', async () => {
      const { host, registry } = subject();
      const { secured, credential, wrongCredential } = registry;
      for (const wrong of [null, wrongCredential]) {
        await expectProblem(
          host.pullImage(secured, wrong, () => {}, SHORT),
          'image/auth',
        );
      }
      await host.pullImage(secured, credential, () => {}, SHORT);
      expect((await host.listImages(SHORT)).flatMap(({ tags }) => tags)).toContain(secured);
    });

    it('removes one that nobody uses, and what is gone is gone', async () => {
      const { host, registry } = subject();
      const reference = await registry.fresh();
      await host.pullImage(reference, null, () => {}, SHORT);
      const image = (await host.listImages(SHORT)).find(({ tags }) => tags.includes(reference));
      const id = image?.id ?? '';
      const container = await host.createContainer(request({ image: id }), SHORT);
      await host.startContainer(container, SHORT);
      await expectProblem(host.removeImage(id, SHORT), 'engine/conflict');
      await host.stopContainer(container, 0, SHORT);
      await host.removeContainer(container, SHORT);
      await host.removeImage(id, SHORT);
      expect((await host.listImages(SHORT)).map((left) => left.id)).not.toContain(id);
      await host.removeImage(id, SHORT);
    });
  });
}
