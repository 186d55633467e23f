// The code behind each endpoint: asks the controller, and puts the answer into the shape of the contract.

import type { Action } from '../action/action.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { type ServiceKey, type SourceId, serviceKey } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Controller } from '../loop/controller.ts';
import { type AskHost, examineHost, formatAddress } from '../loop/doctor.ts';
import { nearest } from '../manifest/nearest.ts';
import { COPY_FORMAT } from './contract/copy.ts';
import type { EndpointInput, EndpointName, EndpointResult } from './contract/endpoints.ts';
import type { EventFeed } from './event-feed.ts';
import { type SourceAddress, sourcesOf } from './source-match.ts';

export type Handlers = {
  readonly [K in EndpointName]: (
    input: EndpointInput<K>,
  ) => Promise<Result<EndpointResult<K>, Problem>> | Result<EndpointResult<K>, Problem>;
};

export interface HandlerOptions {
  readonly controller: Controller;
  readonly controllerId: string;
  readonly version: string;
  readonly sources: readonly SourceAddress[];
  readonly askHost: AskHost;
  readonly feed: EventFeed;
}

/** `command/not-found`, with the name that was probably meant. */
export function unknownService(controller: Controller, key: ServiceKey): Problem {
  const known = controller.status().services.map((s) => `${s.namespace}/${s.name}`);
  const meant = nearest(key, known);
  return problem('command/not-found', `there is no service ${key}`, {
    ...(meant === null ? {} : { hint: `Did you mean \`${meant}\`?` }),
  });
}

const planEntry = ({ kind, host, object, because }: Action) => ({ kind, host, object, because });

async function describe(
  controller: Controller,
  key: ServiceKey,
): Promise<Result<EndpointResult<'describe'>, Problem>> {
  const description = await controller.describe(key);
  const origin = controller.inspect.origin(key);
  if (description === null || origin === null) return err(unknownService(controller, key));
  const instances = description.instances.map((instance) => {
    const { container, ports, hostState, asOf } = controller.inspect.instance(key, instance);
    const shown = container === null ? null : { ...container, hostPorts: ports };
    return { ...instance, container: shown, hostState, asOf };
  });
  const rollout = description.rollout === null ? null : controller.inspect.run(key, description.rollout);
  return ok({ ...description, ...origin, rollout, instances });
}

function plan(controller: Controller): Result<EndpointResult<'plan'>, Problem> {
  const { actions, blocked, unresolved } = controller.inspect.forecast();
  const status = controller.status();
  const known = new Set(blocked.map((b) => b.object));
  const held = status.sources.flatMap(({ id, held }) =>
    held === null
      ? []
      : [{ object: id, because: `commit ${held.commit.slice(0, 12)} is held: ${held.because}` }],
  );
  const waiting = unresolved
    .filter((key) => !known.has(key))
    .map((object) => ({ object, because: 'the digest of its image is not resolved' }));
  return ok({
    commit: status.commit,
    actions: actions.map(planEntry),
    blocked: [...held, ...blocked, ...waiting],
  });
}

function hosts(controller: Controller): Result<EndpointResult<'hosts'>, Problem> {
  return ok({
    hosts: controller.inspect.hosts().map(({ host, isLeaving, because, view, containers }) => ({
      name: host.id,
      state: view.state,
      because,
      since: view.since,
      seenAt: view.seenAt,
      address: formatAddress(host.address),
      labels: host.labels,
      schedulable: host.schedulable && !isLeaving,
      leaving: isLeaving,
      engine: view.engine,
      containers,
    })),
  });
}

async function doctor(
  { controller, askHost }: HandlerOptions,
  name: string | undefined,
): Promise<Result<EndpointResult<'doctor'>, Problem>> {
  const all = controller.inspect.hosts();
  const chosen = all.filter(({ host }) => name === undefined || host.id === name);
  if (name !== undefined && chosen.length === 0) {
    const meant = nearest(
      name,
      all.map(({ host }) => host.id),
    );
    const hint = meant === null ? 'List them with `plimsoll hosts`.' : `Did you mean \`${meant}\`?`;
    return err(problem('command/not-found', `there is no host ${name}`, { hint }));
  }
  const examined = await Promise.all(
    chosen.map(async ({ host }) => ({
      name: host.id,
      address: formatAddress(host.address),
      findings: await examineHost(host, askHost, controller.inspect.knownOf(host.id)),
    })),
  );
  return ok({ hosts: examined });
}

async function sync(
  { controller, sources }: HandlerOptions,
  body: EndpointInput<'sync'>['body'],
): Promise<Result<EndpointResult<'sync'>, Problem>> {
  const chosen = sourcesOf(sources, body);
  if (!chosen.ok) return chosen;
  await Promise.all(chosen.value.map((id) => controller.sync(id)));
  const isChosen = (id: SourceId): boolean => chosen.value.includes(id);
  return ok({ sources: controller.status().sources.filter(({ id }) => isChosen(id)) });
}

/** An unknown source is an error here, since the controller takes it for "nothing to do". */
function checkSource(options: HandlerOptions, id: SourceId | undefined): Result<SourceId | null, Problem> {
  if (id === undefined) return ok(null);
  const chosen = sourcesOf(options.sources, { source: id });
  return chosen.ok ? ok(id) : chosen;
}

export function createHandlers(options: HandlerOptions): Handlers {
  const { controller, feed } = options;
  return {
    version: () => ok({ version: options.version, controller: options.controllerId, startedAt: feed.run }),
    status: () => ok(controller.status()),
    sources: () => ok({ sources: controller.status().sources }),
    hosts: () => hosts(controller),
    describe: ({ params }) => describe(controller, serviceKey(params.namespace, params.name)),
    why: async ({ params }) => {
      const key = serviceKey(params.namespace, params.name);
      const description = await controller.describe(key);
      if (description === null) return err(unknownService(controller, key));
      const { phase, because } = description;
      return ok({ service: key, phase, because, chain: await controller.inspect.why(key) });
    },
    history: async ({ params }) => {
      const key = serviceKey(params.namespace, params.name);
      const description = await controller.describe(key);
      return description === null
        ? err(unknownService(controller, key))
        : ok({ rollouts: description.history.map((rollout) => controller.inspect.run(key, rollout)) });
    },
    command: async ({ params, body, actor }) => {
      const key = serviceKey(params.namespace, params.name);
      if (controller.inspect.origin(key) === null) return err(unknownService(controller, key));
      const command = body.kind === 'rollback' ? { ...body, specHash: controller.specHashOf(key) } : body;
      const done = await controller.command(key, command, actor);
      return done.ok ? ok({ service: key, accepted: true }) : done;
    },
    plan: () => plan(controller),
    copy: async () => {
      const copied = await controller.inspect.copy();
      return copied.ok ? ok({ format: COPY_FORMAT, fleet: copied.value }) : copied;
    },
    events: ({ query }) => ok(feed.since(query.since ?? null)),
    audit: async ({ query }) => {
      const { limit, before, object } = query;
      const entries = await controller.inspect.audit({
        limit,
        ...(before === undefined ? {} : { before }),
        ...(object === undefined ? {} : { object }),
      });
      return ok({ entries });
    },
    doctor: ({ query }) => doctor(options, query.host),
    sync: ({ body }) => sync(options, body),
    approve: async ({ body, actor }) => {
      const source = checkSource(options, body.source);
      if (!source.ok) return source;
      const { commits, store } = await controller.approve(source.value, actor);
      return ok({ commits, store });
    },
  };
}
