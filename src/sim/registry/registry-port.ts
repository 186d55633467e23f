// The Registry port of one process: a simulated registry behind a network that is slow.

import { problem } from '../../kernel/errors.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import { err, ok } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Registry } from '../../ports/registry.ts';
import type { SimRegistry } from './sim-registry.ts';

export interface SimRegistryPort {
  readonly registry: SimRegistry;
  readonly clock: Clock;
  readonly delayMs: () => number;
  readonly isAlive: () => boolean;
  /** Called whenever the registry is asked. */
  readonly onAsked?: (reference: string) => void;
}

/** A new one each time: a shared one would gather the reactions of all who wait. */
const never = (): Promise<never> => new Promise(() => {});

export function registryPort({ registry, clock, delayMs, isAlive, onAsked }: SimRegistryPort): Registry {
  return {
    async resolve(reference, credential, { deadlineMs, signal }) {
      const parsed = parseImageReference(reference);
      if (!parsed.ok) return err(problem('image/reference', `the image "${reference}" ${parsed.error}`));
      // A digest is its own answer: nobody is asked.
      if (parsed.value.digest !== null) return ok(parsed.value.digest);
      onAsked?.(parsed.value.normalized);
      const takesMs = delayMs();
      if (takesMs > 0) await untilAnswered(clock, Math.min(takesMs, deadlineMs), signal);
      if (!isAlive()) return never();
      if (signal?.aborted === true) return err(problem('image/registry', 'the question was given up'));
      if (takesMs > deadlineMs) return err(problem('image/registry', 'the registry did not answer in time'));
      // A credential is for the registry that it names, whatever a caller passes.
      const own = credential?.registry === parsed.value.registry ? credential : null;
      const found = registry.find(parsed.value.normalized, own);
      return found.ok ? ok(found.value.digest) : found;
    },
  };
}

/** Ends early where the question is given up. */
function untilAnswered(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    });
    const giveUp = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}
