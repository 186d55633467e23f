// A registry that has every image that manifests name, whatever its address and whoever may read it: a dry
// run asks nobody. A digest that a reference does not name itself is that of which a running controller knows, or
// it is made up, the same one each time.

import { sha256 } from '../../kernel/canonical.ts';
import { problem } from '../../kernel/errors.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import { err, ok } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Registry } from '../../ports/registry.ts';
import { type Behaviour, PLAIN_BEHAVIOUR } from '../engine/behaviour.ts';
import type { RegistryImage, RegistryView } from '../engine/registry-view.ts';
import type { Assumptions } from './report.ts';

const ASKING_MS = 80;

/** Engines of a dry run pull one byte in a millisecond: an image is as large as its pull is long. */
export const PULL_BYTES_PER_MS = 1;

/** An engine tells how a pull goes on, and one that tells nothing for minutes is given up: no layer takes longer. */
const LAYER_MS = 30_000;

/** A good image: up after its start-up time, well for ever, ends in order. */
export const goodBehaviour = ({ startupMs, stopMs }: Assumptions): Behaviour => ({
  ...PLAIN_BEHAVIOUR,
  startupMs,
  stopMs,
});

function digestOf(reference: string): string | null {
  const parsed = parseImageReference(reference);
  if (!parsed.ok) return null;
  return parsed.value.digest ?? `sha256:${sha256(`made up for ${parsed.value.normalized}`)}`;
}

/** The image behind a reference, with layers of its own. */
export function imageBehind(digest: string, assumptions: Assumptions): RegistryImage {
  const { pullMs } = assumptions;
  const count = Math.max(1, Math.ceil(pullMs / LAYER_MS));
  const layers = Array.from({ length: count }, (_, n) => ({
    digest: `sha256:${sha256(`${digest}/layer ${n}`)}`,
    sizeBytes: (pullMs * PULL_BYTES_PER_MS) / count,
  }));
  return {
    digest,
    id: `sha256:${sha256(digest)}`,
    sizeBytes: pullMs * PULL_BYTES_PER_MS,
    layers,
    behaviour: goodBehaviour(assumptions),
  };
}

/** As engines see it. */
export function everyImage(assumptions: Assumptions): RegistryView {
  return {
    resolve(reference) {
      const digest = digestOf(reference);
      return digest === null
        ? err(problem('image/reference', `${reference} is no reference of an image`))
        : ok(imageBehind(digest, assumptions));
    },
  };
}

/** As the controller sees it. `known`: digests by normalized reference. */
export function everyDigest(clock: Clock, known: ReadonlyMap<string, string>): Registry {
  return {
    async resolve(reference) {
      await new Promise<void>((resolve) => clock.after(ASKING_MS, resolve));
      const digest = known.get(reference) ?? digestOf(reference);
      return digest === null
        ? err(problem('image/reference', `${reference} is no reference of an image`))
        : ok(digest);
    },
  };
}
