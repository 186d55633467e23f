// The end of the demo: what it made goes, what stays is named together with the command that removes it.

import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { toProblem } from '../kernel/errors.ts';
import type { DemoEngine } from './engine/local-engine.ts';
import { removeImages } from './images/shop-images.ts';
import type { Narrator } from './narrator.ts';
import type { DemoOptions } from './options.ts';
import { type Places, shown } from './places.ts';
import type { Standing } from './stage.ts';
import { dataVolumes, removeTraces } from './traces.ts';

export interface Farewell {
  readonly options: DemoOptions;
  readonly places: Places;
  readonly narrator: Narrator;
  readonly standing: Standing;
  /** Whether the trip went well: then nothing is kept that would explain a failure. */
  readonly isWell: boolean;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

async function removeAll({ api, isPrivate }: DemoEngine, once: boolean): Promise<string> {
  const { containers, networks, volumes } = await removeTraces(api, once || isPrivate);
  await removeImages(api);
  const removed = [plural(containers, 'container'), plural(networks, 'network'), plural(volumes, 'volume')];
  return `removed ${removed.join(', ')} and the images of the demo`;
}

/** A private engine ends with its data whatever it refuses to remove. */
async function endPrivateEngine(engine: DemoEngine): Promise<string> {
  const told = await removeAll(engine, true).catch(
    (error: unknown) => `with all its data, since it would not let go: ${toProblem(error).message}`,
  );
  await engine.stop();
  return told;
}

async function clearEngine({ narrator, standing, options }: Farewell): Promise<void> {
  const { engine } = standing;
  if (engine === null) return;
  const [title, work] = engine.isPrivate
    ? ['Private engine ends', () => endPrivateEngine(engine)]
    : ['Engine is cleared', () => removeAll(engine, options.once)];
  await narrator.step(title, async () => ({ told: await work(), value: undefined }));
}

/** Lines about what the visitor still has. */
async function remains({ standing, options, places, isWell }: Farewell): Promise<readonly string[]> {
  const { engine, images, balancer } = standing;
  const lines: string[] = [];
  if (options.keep && engine !== null) {
    lines.push(
      `The containers go on running (\`${engine.command} ps\`); \`npm run demo\` removes them when it begins.`,
    );
    if (engine.isPrivate)
      lines.push(`So does their engine; \`kill $(cat ${places.run}/docker.pid)\` ends it.`);
  } else if (engine !== null && !engine.isPrivate) {
    for (const name of await dataVolumes(engine.api))
      lines.push(`The volume ${name} stays, with its data: \`docker volume rm ${name}\` removes it.`);
    for (const pulled of [images?.pulled, balancer?.pulled]) {
      if (pulled != null) lines.push(`The image ${pulled} stays: \`docker image rm ${pulled}\` removes it.`);
    }
  }
  if ((!options.once || !isWell) && existsSync(places.clone))
    lines.push(
      `${shown(places.directory)} stays, with your clone and the controller's log, until the next demo.`,
    );
  return lines;
}

/** Takes down whatever stands; each part is tried even if another cannot be. Resolves with whether all went well. */
export async function takeDown(farewell: Farewell): Promise<boolean> {
  const { narrator, standing, options, places, isWell } = farewell;
  const { controller } = standing;
  const work: (() => Promise<unknown>)[] = [];
  if (controller !== null) {
    work.push(() =>
      narrator.step('Controller ends', async () => {
        await controller.stop();
        return { told: 'its containers do not notice', value: undefined };
      }),
    );
  }
  if (!options.keep) work.push(() => clearEngine(farewell));
  work.push(async () => {
    for (const line of await remains(farewell)) narrator.say(line);
  });
  let isDone = true;
  for (const part of work) {
    await part().catch((error: unknown) => {
      isDone = false;
      narrator.fail(toProblem(error));
    });
  }
  // Kept where anything failed, for the log that the failure names.
  if (options.once && !options.keep && isWell && isDone)
    await rm(places.directory, { recursive: true, force: true });
  for (const release of standing.releases) release();
  // Gone only where they are empty: nothing was put up, or everything was taken down.
  for (const directory of [places.run, places.directory]) await rmdir(directory).catch(() => {});
  return isDone;
}
