// What the controller remembers, what it collects, and what it does when its memory is lost.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serviceManifest, startSystem } from './harness.ts';

const config = (greeting: string): string =>
  `apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: { name: site }\nspec:\n  data: { greeting.txt: ${greeting} }\n`;
const withConfig = (image: string): string =>
  serviceManifest('web', {
    image,
    replicas: 2,
    spec: '  configs: [{ source: site, target: /etc/site }]\n  rollout: { minHealthy: 0s }',
  });

describe('a config', () => {
  it('is a directory in every container, and a change of it rolls the service', async () => {
    await using system = await startSystem({ hosts: 2 });
    const image = (await system.lab.images.web('1')).ref;
    await system.repository.commit({
      ...system.hostManifests(),
      'site.yaml': config('hello'),
      'web.yaml': withConfig(image),
    });
    await system.start();
    await system.converged();
    const greetings = async (): Promise<string[]> => {
      const containers = await system.containers();
      return Promise.all(
        containers.map(async (c) => {
          const exec = await system.lab
            .host(c.host)
            .docker.getContainer(c.Id)
            .exec({ Cmd: ['cat', '/etc/site/greeting.txt'], AttachStdout: true });
          const stream = await exec.start({ Tty: true });
          const chunks = await stream.toArray();
          return Buffer.concat(chunks)
            .toString()
            .replace(/[^a-z]/g, '');
        }),
      );
    };
    expect(await greetings()).toEqual(['hello', 'hello']);
    await system.push({ 'site.yaml': config('bonjour') });
    await system.converged();
    expect(await greetings()).toEqual(['bonjour', 'bonjour']);
  });
});

describe('housekeeping', () => {
  it('removes images that no kept revision needs, and keeps what a rollback needs', async () => {
    await using system = await startSystem({ hosts: 1 });
    await system.repository.commit(system.hostManifests());
    await system.start();
    const history = '  rollout: { minHealthy: 0s, history: 2 }';
    const digests: string[] = [];
    for (const tag of ['1', '2', '3', '4']) {
      const image = await system.lab.images.web(tag);
      digests.push(image.digest);
      await system.push({ 'api.yaml': serviceManifest('api', { image: image.ref, spec: history }) });
      await system.converged();
    }
    const present = async (): Promise<boolean[]> => {
      const images = await system.lab.host('h1').docker.listImages();
      const known = images.flatMap((i) => i.RepoDigests ?? []);
      return digests.map((digest) => known.some((d) => d.endsWith(digest)));
    };
    expect(await present()).toEqual([true, true, true, true]);
    await system.controller.runHousekeeping();
    await system.until('the oldest are gone', async () => (await present())[0] === false);
    expect(await present()).toEqual([false, false, true, true]);
    const back = (await system.controller.goodRevisions(system.key('api')))[1] ?? null;
    const specHash = system.controller.specHashOf(system.key('api'));
    await system.controller.command(system.key('api'), { kind: 'rollback', to: back, specHash }, 'user:test');
    await system.until('the rollback is done', () => system.service('api').phase === 'held');
    expect((await system.containers())[0]?.Image).toContain(digests[2]);
  });
});

describe('a private registry', () => {
  it('is pulled from with the password of the configuration', async () => {
    await using system = await startSystem({ hosts: 1 });
    system.knowsPassword = true;
    const image = (await system.lab.privateRegistry.images.web('1')).ref;
    await system.repository.commit({
      ...system.hostManifests(),
      'api.yaml': serviceManifest('api', { image }),
    });
    await system.start();
    await system.converged();
    expect(await system.containers()).toHaveLength(1);
  });
});

describe('a controller that is restarted', () => {
  it('does nothing when nothing changed', async () => {
    await using system = await startSystem({ hosts: 2 });
    const image = (await system.lab.images.web('1')).ref;
    await system.repository.commit({
      ...system.hostManifests(),
      'api.yaml': serviceManifest('api', { image, replicas: 3 }),
    });
    await system.start();
    await system.converged();
    const before = (await system.containers(true)).map((c) => c.Id).sort();
    await system.stop();
    system.events.length = 0;
    await system.start();
    await system.converged();
    expect((await system.containers(true)).map((c) => c.Id).sort()).toEqual(before);
    expect(system.events.filter((e) => e.kind === 'action/started')).toEqual([]);
  });

  it('with its store lost adopts what runs, and changes nothing until it is approved', async () => {
    await using system = await startSystem({ hosts: 2 });
    const image = (await system.lab.images.web('1')).ref;
    await system.repository.commit({
      ...system.hostManifests(),
      'api.yaml': serviceManifest('api', { image, replicas: 3 }),
    });
    await system.start();
    await system.converged();
    const before = (await system.containers(true)).map((c) => c.Id).sort();
    await system.stop();
    rmSync(join(system.directory), { recursive: true });
    const next = (await system.lab.images.web('2')).ref;
    await system.repository.commit({ 'api.yaml': serviceManifest('api', { image: next, replicas: 3 }) });
    await system.start();
    await system.until('it only reports', () => system.status().phase === 'reportOnly');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await system.containers(true)).map((c) => c.Id).sort()).toEqual(before);
    await system.controller.approve(null, 'user:test');
    await system.converged();
    const after = await system.containers(true);
    expect(after).toHaveLength(3);
    expect(after.every((c) => !before.includes(c.Id))).toBe(true);
  });
});
