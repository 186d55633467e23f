// `--once`: the whole trip without a person. Deploys the shop, pushes a new version of the api while a client
// keeps asking, removes a service, and says how long each took.

import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../kernel/time.ts';
import { failed } from './command.ts';
import { converged, type Watch } from './convergence.ts';
import type { Narrator } from './narrator.ts';
import { Shopper, type Shopping } from './shopper.ts';
import type { Stage } from './stage.ts';
import { type ShopContainer, shopContainers } from './traces.ts';

const REMOVED = 'worker';
const GONE_MS = 60_000;
const LOOK_AGAIN_MS = 50;
const [OLD, NEW] = ['2.1.0', '2.2.0'];

interface Figures {
  readonly containers: number;
  readonly deployedMs: number;
  readonly updatedMs: number;
  readonly shopping: Shopping;
  readonly removedMs: number;
}

/**
 * Resolves when the engine has none of the containers any more, with the time since the call; the engine is
 * asked 20 times a second.
 */
async function gone(
  { engine }: Stage,
  what: string,
  isMeant: (one: ShopContainer) => boolean,
): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    const left = (await shopContainers(engine.api)).filter(isMeant);
    const tookMs = performance.now() - startedMs;
    if (left.length === 0) return tookMs;
    if (tookMs > GONE_MS)
      throw failed(`${left.length} containers of ${what} are there after ${formatDuration(GONE_MS)}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/**
 * Pushes what is in the clone and waits until the machine is so. Resolves with the time from the push until
 * the containers that it is about were gone.
 */
async function deploy(
  stage: Stage,
  watch: Watch,
  message: string,
  isObsolete: (one: ShopContainer) => boolean,
): Promise<number> {
  const commit = await stage.fleet.commit(message);
  const [tookMs] = await Promise.all([
    gone(stage, `what \`${message}\` replaces`, isObsolete),
    stage.fleet.push(),
    converged(watch, commit),
  ]);
  return tookMs;
}

async function update(stage: Stage, watch: Watch): Promise<Pick<Figures, 'updatedMs' | 'shopping'>> {
  const containers = await shopContainers(stage.engine.api);
  const old = new Set(containers.filter(({ service }) => service === 'api').map(({ revision }) => revision));
  const ports = containers.filter(({ service }) => service === 'web').flatMap((one) => one.ports);
  const shopper = new Shopper(ports);
  try {
    stage.fleet.edit('shop/api.yaml', (text) => text.replace(`api:${OLD}`, `api:${NEW}`));
    const isOld = ({ service, revision }: ShopContainer): boolean => service === 'api' && old.has(revision);
    const updatedMs = await deploy(stage, watch, `api ${NEW}`, isOld);
    const shopping = await shopper.stop();
    if (shopping.apiVersions.at(-1) !== NEW)
      throw failed(`the page shows api ${shopping.apiVersions.join(', ')}, and not ${NEW} at the end`);
    return { updatedMs, shopping };
  } finally {
    await shopper.stop();
  }
}

function summary({ containers, deployedMs, updatedMs, shopping, removedMs }: Figures): readonly string[] {
  const { requests, failures, apiVersions } = shopping;
  return [
    `deployed   ${containers} containers in ${formatDuration(deployedMs)}, each tested and ready`,
    `updated    api ${apiVersions.join(' → ')} in ${formatDuration(updatedMs)}, from the push to the end of the last old container;`,
    `           meanwhile ${requests} requests to the page, ${failures} of them without an answer of the api`,
    `removed    ${REMOVED} in ${formatDuration(removedMs)}, from the push to the end of its last container`,
  ];
}

export async function takeTrip(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const watch: Watch = { client: stage.client, narrator, signal };
  narrator.heading('1. The first commit becomes containers');
  const startedMs = performance.now();
  await converged(watch, await stage.fleet.head());
  const deployedMs = performance.now() - startedMs;
  const running = (await shopContainers(stage.engine.api)).filter((one) => one.isRunning);

  narrator.heading(`2. A push: shop/api.yaml says api:${NEW} instead of api:${OLD}`);
  const updated = await update(stage, watch);

  narrator.heading(`3. A push: shop/${REMOVED}.yaml is removed`);
  stage.fleet.remove(`shop/${REMOVED}.yaml`);
  const removedMs = await deploy(stage, watch, `no ${REMOVED}`, ({ service }) => service === REMOVED);

  narrator.heading('Summary');
  const figures = { containers: running.length, deployedMs, ...updated, removedMs };
  for (const line of summary(figures)) narrator.say(line);
}
