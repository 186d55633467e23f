// The demo's repository: what a visitor finds in it is the example, and the controller reads it.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../../src/demo/command.ts';
import { type Places, PROJECT, placesIn, startAfresh } from '../../../src/demo/places.ts';
import { freePorts, publishFrom } from '../../../src/demo/published-ports.ts';
import { createFleet, type Fleet } from '../../../src/demo/repository/fleet.ts';
import { withoutProbes } from '../../../src/demo/repository/probes.ts';
import { readDirectory } from '../../../src/runtime/directory.ts';

let places: Places;
beforeEach(async () => {
  places = placesIn(mkdtempSync(path.join(tmpdir(), 'plimsoll-fleet-')));
  await startAfresh(places, () => {});
});
afterEach(() => rmSync(places.directory, { recursive: true, force: true }));

const create = (adapt: (fleet: Fleet) => void = () => {}): Promise<Fleet> => createFleet({ places, adapt });
const inClone = (file: string): string => readFileSync(path.join(places.clone, file), 'utf8');
const inExample = (file: string): string =>
  readFileSync(path.join(PROJECT, 'manifests-example', file), 'utf8');
const withoutSchemaLine = (text: string): string => text.replace(/^.*\$schema=.*\n/, '');
const git = (...args: readonly string[]): Promise<string> =>
  runCommand('git', ['-C', places.repository, ...args], { deadlineMs: 5_000 });

describe('the repository', () => {
  test('has the example as its only commit, and the clone is at it', async () => {
    const fleet = await create();
    expect((await git('log', '--format=%H %s', 'main')).trim()).toBe(
      `${await fleet.head()} The example shop`,
    );
    for (const file of ['fleet/hosts.yaml', 'shop/api.yaml', 'shop/db.yaml', 'shop/web/web.yaml'])
      expect(withoutSchemaLine(inClone(file))).toBe(withoutSchemaLine(inExample(file)));
  });

  test('editors find the schema from every file', async () => {
    await create();
    for (const file of ['fleet/hosts.yaml', 'shop/api.yaml', 'shop/web/web.yaml']) {
      const schema = /\$schema=(\S+)/.exec(inClone(file))?.[1] ?? '';
      expect(existsSync(path.resolve(places.clone, path.dirname(file), schema)), file).toBe(true);
    }
  });

  test('a push is stored even while no controller runs, and says so', async () => {
    const fleet = await create();
    fleet.edit('shop/api.yaml', (text) => text.replace('2.1.0', '2.2.0'));
    const commit = await fleet.commit('api 2.2.0');
    await fleet.push();
    expect((await git('rev-parse', 'main')).trim()).toBe(commit);
  });
});

describe('the copy of the example', () => {
  test('stays as it is where the ports 8080 to 8089 are free', async () => {
    await create((fleet) => publishFrom(8080, fleet));
    expect(withoutSchemaLine(inClone('shop/web/web.yaml'))).toBe(
      withoutSchemaLine(inExample('shop/web/web.yaml')),
    );
  });

  test('publishes ten other ports where one of them is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(8085, () => resolve()));
    const first = await freePorts();
    await create((fleet) => publishFrom(first, fleet));
    server.close();
    expect(first).not.toBe(8080);
    const { desired } = await readDirectory(places.clone, null);
    const web = [...(desired?.services.values() ?? [])].find(({ name }) => name === 'web');
    expect(web?.container.ports).toMatchObject([{ target: 8080, published: { from: first, to: first + 9 } }]);
  });

  test('does without probes where containers cannot be reached, and is still valid', async () => {
    await create(withoutProbes);
    const { desired, problems } = await readDirectory(places.clone, null);
    expect(problems).toEqual([]);
    const services = [...(desired?.services.values() ?? [])];
    expect(services.map(({ name, replicas }) => `${name} ${replicas}`).sort()).toEqual([
      'api 3',
      'db 1',
      'web 3',
      'worker 2',
    ]);
    expect(services.map(({ probes }) => probes.readiness)).toEqual([null, null, null, null]);
  });
});
