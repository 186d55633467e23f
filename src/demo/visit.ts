// The demo for a person: says what can be tried, and shows what each push does, until Ctrl-C.

import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusAnswer } from '../api/client.ts';
import { converged, showConvergence, type Watch } from './convergence.ts';
import { VERSIONS } from './images/shop-images.ts';
import type { Narrator } from './narrator.ts';
import { shown } from './places.ts';
import type { Stage } from './stage.ts';
import { shopContainers } from './traces.ts';

const LOOK_AGAIN_MS = 500;

/** What tells that something happens: a commit, a problem, a service that is not where it should be. */
function signature({ commit, phase, services, sources }: StatusAnswer): string {
  const news = sources.map(({ head, held, problems }) => [head?.commit, held?.commit, problems]);
  const states = services.map((s) => [s.name, s.phase, s.revision, s.desired, s.ready]);
  return JSON.stringify([commit, phase, news, states]);
}

async function addresses(stage: Stage): Promise<readonly string[]> {
  const containers = await shopContainers(stage.engine.api);
  const ports = containers.filter(({ service }) => service === 'web').flatMap((one) => one.ports);
  return ports.sort((a, b) => a - b).map((port) => `http://localhost:${port}/`);
}

function advice({ places, engine }: Stage, pages: readonly string[]): string {
  const config = `--config ${shown(places.config)}`;
  const versions = Object.entries(VERSIONS).map(([name, tags]) => `${name} ${tags.join(' ')}`);
  return `
The page of the shop: ${pages.join('  ')}

Now change it, in another terminal:
  cd ${shown(places.clone)}
  edit shop/api.yaml             image …/api:2.1.0 → …/api:2.2.0
  git commit -am 'api 2.2.0'
  git push                       shows what follows; so does this terminal

More to try:
  a tag \`broken\`                 never starts: it is rolled back, and the old version serves all the time
  edit shop/web/web.json         a new title is a new revision of the web servers
  replicas: 5                    in any service
  git rm shop/worker.yaml        its containers go
  ${engine.command} rm -f CONTAINER
                                 it comes back (\`${engine.command} ps\` lists them)
  Tags that are there: ${versions.join('; ')}.

Ask the controller (from this directory):
  npx plimsoll status ${config}
  npx plimsoll why api ${config}

Ctrl-C ends the demo and removes what it made.
`;
}

/** Resolves when the state is another one, or the person wants to end. */
async function somethingNew(watch: Watch, seen: string): Promise<void> {
  while (!watch.signal.aborted) {
    if (signature(await watch.client.ask('status', {}, watch.signal)) !== seen) return;
    await sleep(LOOK_AGAIN_MS, undefined, { signal: watch.signal });
  }
}

/** Resolves when the signal comes. */
export async function receiveVisitor(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const watch: Watch = { client: stage.client, narrator, signal };
  narrator.heading('The first commit becomes containers');
  await converged(watch, await stage.fleet.head());
  narrator.say(advice(stage, await addresses(stage)));
  for (;;) {
    const seen = signature(await stage.client.ask('status', {}, signal));
    await somethingNew(watch, seen);
    const ending = await showConvergence(watch);
    if (ending.kind === 'cancelled') return;
  }
}
