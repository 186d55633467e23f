// Images: listing, pulling with progress, removing.

import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { parseImageReference } from '../../kernel/image-reference.ts';
import type { ObservedImage } from '../../observed/report.ts';
import type { PullProgress, RegistryCredential } from '../../ports/host.ts';
import type { Engine, EngineRequest } from './engine.ts';
import { ImageReferences, ListedImage, PullMessage } from './engine-answers.ts';
import { engineProblem } from './engine-problem.ts';
import { linesOf } from './lines.ts';
import { inOrder, observeImage } from './observe-list.ts';
import { foldPullMessage, type PullState, pullProgress } from './pull-progress.ts';
import { registryAuthHeader } from './registry-auth.ts';
import { failedWith } from './session.ts';

export async function listImages(engine: Engine): Promise<ObservedImage[]> {
  const attempt = 'cannot list images';
  const listed = await engine.read({ method: 'GET', path: '/images/json', attempt }, ListedImage.array());
  return inOrder(listed.map(observeImage), ({ id }) => id);
}

const parsePullMessage = z.string().transform((line, context) => {
  try {
    return JSON.parse(line);
  } catch {
    context.addIssue({ code: 'custom', message: 'is no JSON' });
    return z.NEVER;
  }
});
const PullLine = parsePullMessage.pipe(PullMessage);

/** A pull answers 200 and tells of its failure, if any, within the stream. */
async function followPull(
  stream: IncomingMessage,
  reference: string,
  attempt: string,
  onProgress: (progress: PullProgress) => void,
): Promise<void> {
  let state: PullState = new Map();
  for await (const line of linesOf(stream)) {
    const message = PullLine.safeParse(line);
    if (!message.success) continue;
    const { error } = message.data;
    if (error !== undefined) {
      throw new PlimsollError(engineProblem({ status: 500, message: error, attempt, isPull: true }));
    }
    const next = foldPullMessage(state, message.data);
    if (next === state) continue;
    state = next;
    onProgress(pullProgress(reference, state));
  }
}

export async function pullImage(
  engine: Engine,
  reference: string,
  credential: RegistryCredential | null,
  onProgress: (progress: PullProgress) => void,
): Promise<void> {
  const attempt = `cannot pull ${reference}`;
  const parsed = parseImageReference(reference);
  if (!parsed.ok) throw new PlimsollError(problem('image/reference', `${attempt}: ${parsed.error}`));
  const { registry, repository, tag, digest } = parsed.value;
  const request: EngineRequest = {
    method: 'POST',
    path: '/images/create',
    // Without a tag the engine would pull all that the repository has.
    query: { fromImage: `${registry}/${repository}`, tag: digest ?? tag ?? 'latest' },
    ...(credential === null ? {} : { registryAuth: registryAuthHeader(credential) }),
    attempt,
    isPull: true,
  };
  const stream = await engine.stream(request);
  await followPull(stream, reference, attempt, onProgress);
}

function removeReference(engine: Engine, reference: string): Promise<void> {
  return engine.send({
    method: 'DELETE',
    path: `/images/${encodeURIComponent(reference)}`,
    attempt: `cannot remove image ${reference}`,
    alsoFine: [404],
  });
}

/** By id an engine removes only images with one name; the others lose their names one by one. */
export async function removeImage(engine: Engine, id: string): Promise<void> {
  try {
    await removeReference(engine, id);
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
    const image = await engine.read(
      { method: 'GET', path: `/images/${encodeURIComponent(id)}/json`, attempt: `cannot remove image ${id}` },
      ImageReferences,
    );
    const names = [...image.RepoTags, ...image.RepoDigests];
    if (names.length < 2) throw error;
    for (const name of names) await removeReference(engine, name);
  }
}
