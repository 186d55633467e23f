// A plan for images whose digest nobody could look up: it goes by digests that are made up, and neither
// they nor the revisions that follow from them are shown as real ones.

import type { Action } from '../action/action.ts';
import type { Desired, DesiredService } from '../desired/desired.ts';
import { imageToRun } from '../desired/revision.ts';
import { contentHash } from '../kernel/canonical.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { parseImageReference } from '../kernel/image-reference.ts';
import type { Instant } from '../kernel/time.ts';
import type { Forecast } from '../plan/forecast.ts';
import type { ImageFact } from '../rollout/facts.ts';

const madeUp = (reference: string): string => `sha256:${contentHash(`not looked up: ${reference}`)}`;

/** The digest that the reference names itself is no assumption. */
function writtenDigest(reference: string): string | null {
  const parsed = parseImageReference(reference);
  return parsed.ok ? parsed.value.digest : null;
}

/** The answer that a registry would give, for a service whose image nobody was asked for. */
export function assumedImage({ container: { image } }: DesiredService, at: Instant): ImageFact {
  const digest = writtenDigest(image) ?? madeUp(image);
  return { reference: image, at, outcome: { ok: true, identity: { kind: 'digest', digest } } };
}

export function assumedImages(desired: Desired, at: Instant): ReadonlyMap<ServiceKey, ImageFact> {
  return new Map([...desired.services.values()].map((service) => [service.key, assumedImage(service, at)]));
}

const MARK = 'digest not looked up';

/** The forecast with references in place of made-up digests, and with a mark on what goes by one. */
export function withoutMadeUp(result: Forecast): Forecast {
  const made = [...result.world.memory.revisions.values()].filter(
    ({ container, image }) => image.kind === 'digest' && image.digest === madeUp(container.image),
  );
  const references = new Map(made.map((revision) => [imageToRun(revision), revision.container.image]));
  const hide = (text: string): string =>
    made.reduce(
      (shown, revision) =>
        shown
          .replaceAll(imageToRun(revision), revision.container.image)
          .replaceAll(revision.id, 'unresolved'),
      text,
    );
  const marked = (action: Action): string => {
    const because = hide(action.because);
    if (action.kind === 'pullImage') return references.has(action.image) ? `${because}; ${MARK}` : because;
    if (action.kind !== 'runContainer') return because;
    const reference = references.get(action.request.image);
    return reference === undefined ? because : `${because}; image ${reference}, ${MARK}`;
  };
  return {
    ...result,
    actions: result.actions.map((action) => ({
      ...action,
      object: hide(action.object),
      because: marked(action),
    })),
    blocked: result.blocked.map(({ object, because, needs }) => ({
      object: hide(object),
      because: hide(because),
      needs,
    })),
  };
}
