// What the demo made goes from the engine, and an engine of the demo's own goes whatever it refuses.

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { DockerApi } from '../../src/demo/engine/docker-api.ts';
import type { DemoEngine } from '../../src/demo/engine/local-engine.ts';
import { Narrator } from '../../src/demo/narrator.ts';
import { placesIn, startAfresh } from '../../src/demo/places.ts';
import { clearedEngine } from '../../src/demo/stage.ts';
import { takeDown } from '../../src/demo/teardown.ts';
import { removeTraces } from '../../src/demo/traces.ts';
import { screenTerminal } from '../cli/command-line.ts';

/** An engine like 20.10 that has kept an endpoint of a container which is gone. */
class ForgetfulEngine {
  readonly containers = new Set(['a', 'b', 'c', 'd']);
  readonly networks = new Set(['n1']);
  readonly volumes = new Set(['data']);
  readonly endpoints = new Set(['shop.web.1']);
  /** Removals of containers at one moment. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #isStubborn: boolean;
  readonly server: Server;

  constructor(isStubborn: boolean) {
    this.#isStubborn = isStubborn;
    this.server = createServer(async (request, response) => {
      const path = (request.url ?? '').replace(/\?.*$/, '');
      const [status, body] = await this.#answer(`${request.method} ${path}`, request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  async #answer(call: string, request: NodeJS.ReadableStream): Promise<readonly [number, unknown]> {
    const [method = '', kind = '', id = '', verb = ''] = call.split(/[ /]+/);
    if (method === 'POST' && verb === 'disconnect') {
      const { Container, Force } = z
        .object({ Container: z.string(), Force: z.boolean() })
        .parse(await json(request));
      if (Force && !this.#isStubborn) this.endpoints.delete(Container);
      return [200, {}];
    }
    if (method === 'DELETE') return this.#remove(kind, id);
    if (kind === 'networks' && id !== '')
      return [200, { Containers: Object.fromEntries([...this.endpoints].map((Name) => ['ep-1', { Name }])) }];
    if (kind === 'containers')
      return [200, [...this.containers].map((Id) => ({ Id, Labels: {}, State: 'running' }))];
    if (kind === 'networks') return [200, [...this.networks].map((Id) => ({ Id, Name: 'x', Labels: {} }))];
    if (kind === 'volumes')
      return [200, { Volumes: [...this.volumes].map((Name) => ({ Name, Labels: {} })) }];
    return [200, []];
  }

  async #remove(kind: string, id: string): Promise<readonly [number, unknown]> {
    if (kind === 'networks' && this.endpoints.size > 0)
      return [403, { message: 'network plimsoll.shop.web has active endpoints' }];
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.#atOnce -= 1;
    for (const objects of [this.containers, this.networks, this.volumes]) objects.delete(id);
    return [204, null];
  }
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-clear-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Standing {
  readonly engine: DemoEngine;
  readonly state: { hasEnded: boolean };
}

async function stand(what: ForgetfulEngine, name: string, isPrivate: boolean): Promise<Standing> {
  const socketPath = join(directory, `${name}.sock`);
  what.server.listen(socketPath);
  await once(what.server, 'listening');
  const state = { hasEnded: false };
  const stop = async (): Promise<void> => {
    state.hasEnded = true;
    what.server.close();
  };
  const api = new DockerApi(socketPath);
  const engine = { api, command: 'docker', description: name, isPrivate, hidesContainers: false, stop };
  return { engine, state };
}

const takeDownOf = (engine: DemoEngine, isWell = true) => {
  const { terminal, screen } = screenTerminal();
  const options = { once: true, keep: false, privateEngine: true, directory, help: false };
  const standing = { releases: [], engine, images: null, balancer: null, controller: null };
  const places = placesIn(join(directory, 'demo'));
  mkdirSync(places.directory, { recursive: true });
  writeFileSync(places.controllerLog, 'what happened');
  const work = takeDown({ options, places, narrator: new Narrator(terminal), standing, isWell });
  return { work, screen, places };
};

test('an endpoint of a container that is gone is dropped, so that the network goes', async () => {
  const what = new ForgetfulEngine(false);
  const { engine } = await stand(what, 'e', false);
  expect(await removeTraces(engine.api, true)).toEqual({ containers: 4, networks: 1, volumes: 1 });
  expect([what.containers.size, what.networks.size, what.volumes.size]).toEqual([0, 0, 0]);
  expect(what.mostAtOnce).toBe(1);
  await engine.stop();
});

test('a network that stays does not keep the rest', async () => {
  const what = new ForgetfulEngine(true);
  const { engine } = await stand(what, 'e', false);
  await expect(removeTraces(engine.api, true)).rejects.toThrow('has active endpoints');
  expect([what.containers.size, what.networks.size, what.volumes.size]).toEqual([0, 1, 0]);
  await engine.stop();
});

test('a private engine ends even if its network does not go, and the demo has done well', async () => {
  const { engine, state } = await stand(new ForgetfulEngine(true), 'e', true);
  const { work, screen, places } = takeDownOf(engine);
  expect(await work).toBe(true);
  expect(state.hasEnded).toBe(true);
  expect(screen.text).toContain('with all its data, since it would not let go');
  expect(existsSync(places.directory)).toBe(false);
});

test('where the engine of the machine keeps something, the log that the message names stays', async () => {
  const { engine } = await stand(new ForgetfulEngine(true), 'e', false);
  const { work, places } = takeDownOf(engine);
  expect(await work).toBe(false);
  await startAfresh(places, () => {});
  expect(existsSync(places.controllerLog)).toBe(true);
  await engine.stop();
});

test('a private engine that an earlier demo left and that keeps its network is replaced', async () => {
  const old = await stand(new ForgetfulEngine(true), 'old', true);
  const fresh = await stand(new ForgetfulEngine(false), 'fresh', true);
  const { engine } = await clearedEngine(old.engine, async () => fresh.engine);
  expect(old.state.hasEnded).toBe(true);
  expect(engine).toBe(fresh.engine);
  await fresh.engine.stop();
});
