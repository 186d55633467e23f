// What a dry run tells of one service.

import type { ServiceKey } from '../../kernel/ids.ts';
import { type ServiceDescription, UNDER_WAY } from '../../loop/status.ts';
import type { Link } from '../../loop/why.ts';
import type { ServiceMeasure } from './measure.ts';
import type { Play } from './play.ts';
import type { ServiceForecast } from './report.ts';
import { placesOn } from './serving.ts';

/** A host has more of its containers than before. */
function isMoved({ placesBefore, stage, request }: Play, key: ServiceKey): boolean {
  const before = placesBefore.get(key);
  const now = placesOn(stage.machines.values(), request.operation.id).get(key) ?? [];
  return [...now].some(([host, count]) => count > (before?.get(host) ?? 0));
}

function changeOf(play: Play, key: ServiceKey): ServiceForecast['change'] {
  const { before, request } = play;
  const old = before.get(key)?.specHash ?? null;
  const now = request.commit.desired.services.get(key);
  if (now === undefined) return 'removed';
  if (old === null) return 'added';
  if (old !== now.specHash) return 'changed';
  return isMoved(play, key) ? 'moved' : 'unchanged';
}

/** Nothing moves any more, and more would have to be done. */
const IS_UNFINISHED: ReadonlySet<ServiceForecast['phase']> = new Set([...UNDER_WAY, 'degraded', 'blocked']);

/** Links that tell what stands in the way, and not how everything is. */
const TELLING: ReadonlySet<Link['link']> = new Set([
  'source',
  'rollout',
  'pin',
  'quarantine',
  'host',
  'probe',
  'failure',
  'blocked',
]);

const isGood = ({ link, because }: Link): boolean =>
  (link === 'probe' && /^(when it was last seen: )?ready/.test(because)) ||
  (link === 'rollout' && because.includes(' is succeeded'));

/** What a link says, without the state that it begins with. */
const groundOf = ({ because }: Link): string => because.replace(/^[^:]*: /, '');

/** The chain of `plimsoll why`, without what the sentence itself says. */
async function whyOf(
  { controller, stuck }: Play,
  { because, phase }: ServiceDescription,
  key: ServiceKey,
): Promise<ServiceForecast['why']> {
  const chain = await controller.inspect.why(key);
  const links = chain
    .filter((link) => TELLING.has(link.link) && !isGood(link) && !because.includes(groundOf(link)))
    .map((link) => ({ link: link.link, object: link.object, because: link.because }));
  const obstacle = phase === 'blocked' ? undefined : stuck.get(key);
  if (obstacle === undefined) return links;
  return [{ link: 'blocked', object: key, because: `what stood in the way: ${obstacle}` }, ...links];
}

/** `description`: null where nothing is left of it. */
export async function forecastOf(
  play: Play,
  key: ServiceKey,
  measure: ServiceMeasure,
  description: ServiceDescription | null,
): Promise<ServiceForecast> {
  const { story } = play.told;
  // That it loses replicas is nothing that is done for it.
  const last = story.entries.findLast(({ service, kind }) => service === key && kind !== 'service/ready');
  const phase = description?.phase ?? 'removed';
  return {
    service: key,
    change: changeOf(play, key),
    wanted: description?.desired ?? 0,
    ready: measure.ready,
    fewestReady: measure.fewestReady,
    allowedReady: measure.allowedReady,
    mostContainers: measure.mostContainers,
    beganMs: story.beganMs.get(key) ?? null,
    endedMs:
      last === undefined || IS_UNFINISHED.has(phase) ? null : Math.max(last.atMs, measure.gainedMs ?? 0),
    phase,
    because: description?.because ?? 'no commit in force wants it',
    why: description === null || description.phase === 'ready' ? [] : await whyOf(play, description, key),
  };
}
