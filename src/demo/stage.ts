// Everything that stands while the demo runs: engine, images, repository, controller. It is put up step by
// step, and taken down from wherever it got to.

import os from 'node:os';
import path from 'node:path';
import type { ControllerClient } from '../api/client.ts';
import { missing } from './command.ts';
import { type DemoController, endLeftController, startController } from './controller.ts';
import { ensurePrograms } from './engine/install.ts';
import { type DemoEngine, engineIdentity, findEngine } from './engine/local-engine.ts';
import { type BalancerImage, prepareBalancer } from './images/balancer-image.ts';
import { prepareImages, removeImages, type ShopImages } from './images/shop-images.ts';
import type { Narrator } from './narrator.ts';
import type { DemoOptions } from './options.ts';
import { type Places, shortHash, shown, startAfresh } from './places.ts';
import { lock } from './process-file.ts';
import { freePorts, publishFrom } from './published-ports.ts';
import { createFleet, type Fleet } from './repository/fleet.ts';
import { withoutProbes } from './repository/probes.ts';
import { otherOwner, removeTraces } from './traces.ts';

/** What has been put up so far, for whoever takes it down. */
export interface Standing {
  readonly releases: (() => void)[];
  engine: DemoEngine | null;
  images: ShopImages | null;
  balancer: BalancerImage | null;
  controller: DemoController | null;
}

export interface Stage {
  readonly places: Places;
  readonly engine: DemoEngine;
  readonly client: ControllerClient;
  readonly fleet: Fleet;
}

export interface StageWish {
  readonly options: DemoOptions;
  readonly places: Places;
  readonly narrator: Narrator;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looked at between steps. */
  readonly signal: AbortSignal;
}

async function clearEngine(engine: DemoEngine): Promise<string> {
  const { api } = engine;
  const { containers, networks, volumes } = await removeTraces(api, true);
  await removeImages(api);
  const owner = await otherOwner(api);
  if (owner !== null) {
    throw missing(
      `the controller ${owner} has a namespace \`shop\` or a load balancer on this engine already`,
      'Run the demo with another engine (DOCKER_HOST), or as root with --private-engine.',
    );
  }
  const left = containers + networks + volumes;
  return left === 0 ? engine.description : `${engine.description}; removed what an earlier demo left there`;
}

interface ClearedEngine {
  readonly engine: DemoEngine;
  readonly told: string;
}

/** The engine without what an earlier demo left; a private one that does not let go of it is replaced. */
export async function clearedEngine(
  engine: DemoEngine,
  find: () => Promise<DemoEngine>,
): Promise<ClearedEngine> {
  try {
    return { engine, told: await clearEngine(engine) };
  } catch (error) {
    if (!engine.isPrivate) throw error;
    await engine.stop();
    const fresh = await find();
    const told = `${await clearEngine(fresh)}; that of an earlier demo would not let go and was ended`;
    return { engine: fresh, told };
  }
}

async function raiseEngine(
  { places, narrator, options, env }: StageWish,
  standing: Standing,
): Promise<DemoEngine> {
  return narrator.step('Docker engine', async (say) => {
    await endLeftController(places);
    const find = async (): Promise<DemoEngine> => {
      const found = await findEngine({ places, env, wantsPrivate: options.privateEngine }, say);
      standing.engine = found;
      return found;
    };
    const engine = await find();
    // One demo at a time on one engine: both would call their containers the same.
    const file = path.join(os.tmpdir(), `plimsoll-demo-${shortHash(engineIdentity(engine))}.pid`);
    standing.releases.push(lock(file, `the engine at ${engine.api.socketPath}`));
    const { engine: cleared, told } = await clearedEngine(engine, find);
    return { told, value: cleared };
  });
}

async function raiseFleet({ places, narrator }: StageWish, engine: DemoEngine): Promise<Fleet> {
  return narrator.step('Git repository', async (say) => {
    await ensurePrograms(['git'], say);
    const first = await freePorts();
    const fleet = await createFleet({
      places,
      adapt: (copy) => {
        publishFrom(first, copy);
        if (engine.hidesContainers) withoutProbes(copy);
      },
    });
    const changed = first === 8080 ? '' : `; port 8080 is taken here, so the copy publishes ${first} and up`;
    return {
      told: `${shown(places.repository)}, your clone: ${shown(places.clone)}${changed}`,
      value: fleet,
    };
  });
}

/** Puts everything up. What stands at any moment is in `standing`, also when it rejects. */
export async function raiseStage(wish: StageWish, standing: Standing): Promise<Stage> {
  const { places, narrator, signal } = wish;
  await startAfresh(places, () =>
    standing.releases.push(lock(places.lock, `the directory ${places.directory}`)),
  );
  const engine = await raiseEngine(wish, standing);
  signal.throwIfAborted();
  standing.images = await narrator.step('Images of the shop', async (say) => {
    const images = await prepareImages({ api: engine.api, say, checksItself: engine.hidesContainers });
    return { told: `${images.count}, made on the engine from ${images.origin}`, value: images };
  });
  signal.throwIfAborted();
  const balancer = await narrator.step('Image of the load balancer', async (say) => {
    const image = await prepareBalancer(engine.api, say);
    return { told: image.origin, value: image };
  });
  standing.balancer = balancer;
  signal.throwIfAborted();
  const fleet = await raiseFleet(wish, engine);
  signal.throwIfAborted();
  const controller = await narrator.step('Controller', async () => {
    const started = await startController(places, engine.api.socketPath, balancer.image);
    return { told: `\`plimsoll serve --config ${shown(places.config)}\``, value: started };
  });
  standing.controller = controller;
  return { places, engine, client: controller.client, fleet };
}
