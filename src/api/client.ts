// The client of the controller's API, and the types of its answers: all that other rooms see of the API.

import { hostname, userInfo } from 'node:os';
import type { z } from 'zod';
import { PlimsollError, problem } from '../kernel/errors.ts';
import { type ControllerEvent, followEvents } from './client/events.ts';
import { type ExecConnection, openExec } from './client/exec.ts';
import { followLogs } from './client/logs.ts';
import { ask, type Connect } from './client/transport.ts';
import {
  ENDPOINTS,
  type EndpointAnswer,
  type EndpointName,
  type EndpointRequest,
  type TypedEndpoint,
} from './contract/endpoints.ts';
import type { ExecStart, LogLine, LogsQuery } from './contract/streams.ts';

export type { ControllerEvent } from './client/events.ts';
export type { ExecConnection } from './client/exec.ts';
export { type Connect, unixConnect } from './client/transport.ts';
export type { CopyAnswer } from './contract/copy.ts';
export type {
  DoctorAnswer,
  HostExamination,
  PlanAnswer,
} from './contract/operation.ts';
export type { CanaryAnswer, RolloutAnswer } from './contract/rollout.ts';
export type {
  CommandBody,
  ServiceAnswer,
  WhyAnswer,
} from './contract/service.ts';
export type {
  ServiceStatusAnswer,
  SourceAnswer,
  StatusAnswer,
} from './contract/status.ts';
export type { ExecStart, LogLine } from './contract/streams.ts';

const ANSWER_MS = 15_000;
/** A fetch may take two minutes, an examination of many hosts half of one. */
const SLOW_ANSWER_MS: Partial<Record<EndpointName, number>> = {
  sync: 150_000,
  approve: 150_000,
  doctor: 60_000,
  copy: 60_000,
};

export interface ServicePlace {
  readonly namespace: string;
  readonly name: string;
}

/** Who asks, for the controller's audit. */
function defaultActor(): string {
  const name = `${userInfo().username}@${hostname()}`.replaceAll(/[^A-Za-z0-9._@-]/g, '-');
  return name.slice(0, 64);
}

export class ControllerClient {
  readonly #connect: Connect;
  readonly #actor: string;

  constructor(connect: Connect, actor = defaultActor()) {
    this.#connect = connect;
    this.#actor = actor;
  }

  /** Asks one endpoint. Rejects with the controller's Problem, or with command/no-controller. */
  async ask<K extends EndpointName>(
    name: K,
    request: EndpointRequest<K> = {},
    signal?: AbortSignal,
  ): Promise<EndpointAnswer<K>> {
    const endpoint: TypedEndpoint<K> = ENDPOINTS[name];
    const json = await ask(this.#connect, {
      method: endpoint.method,
      path: endpoint.path,
      params: request.params ?? {},
      query: request.query ?? {},
      body: endpoint.method === 'POST' ? (request.body ?? {}) : null,
      actor: this.#actor,
      deadlineMs: SLOW_ANSWER_MS[name] ?? ANSWER_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    const answer = endpoint.answer.safeParse(json);
    if (answer.success) return answer.data;
    const message = `what answers at ${this.#connect.where} is no controller of this version`;
    throw new PlimsollError(problem('command/no-controller', message));
  }

  /** Events from `since` on, or from the oldest that is kept; comes back by itself after a break. */
  events(options: { readonly since?: string; readonly signal: AbortSignal }): AsyncIterable<ControllerEvent> {
    return followEvents(this.#connect, this.#actor, options);
  }

  /** Lines of a service's containers, until there are no more or `signal` is aborted. */
  logs(service: ServicePlace, query: z.input<typeof LogsQuery>, signal: AbortSignal): AsyncIterable<LogLine> {
    return followLogs(this.#connect, this.#actor, service, query, signal);
  }

  /** Starts a command in a container of the service. */
  exec(service: ServicePlace, start: ExecStart): Promise<ExecConnection> {
    return openExec(this.#connect, this.#actor, service, start);
  }
}
