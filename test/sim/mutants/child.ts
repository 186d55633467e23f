// A process of its own that plays one mutant: the mutated texts take the place of the files when they are
// loaded, and nothing on disk is touched. It runs in the workshop's copy of the project.

import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { NOT_PLAYED, type Order, type TrialNews } from './order.ts';

process.once('message', (order: Order) => void play(order));

async function play({ root, sources, seeds }: Order): Promise<void> {
  const texts = new Map(
    Object.entries(sources).map(([file, text]) => [pathToFileURL(`${root}/${file}`).href, text]),
  );
  registerHooks({
    load(url, context, nextLoad) {
      const source = texts.get(url);
      if (source === undefined) return nextLoad(url, context);
      texts.delete(url);
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
  const { trials } = await import('./trials.ts');
  if (texts.size > 0) process.exit(NOT_PLAYED);
  for (const trial of trials(seeds)) {
    const verdict = await trial.run();
    const news: TrialNews = { trial: trial.name, verdict };
    await new Promise<void>((resolve) => process.send?.(news, () => resolve()));
    if (verdict !== null) break;
  }
  process.disconnect?.();
  // What a mutant left waiting must not keep its process.
  process.exit(0);
}
