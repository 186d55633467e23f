// The one table of what can be asked of a controller. The server registers it, the client calls by it,
// the manual prints it; an endpoint without a permission does not compile and does not start.

import { z } from 'zod';
import { CopyAnswer } from './copy.ts';
import {
  ApproveAnswer,
  ApproveBody,
  AuditAnswer,
  AuditQuery,
  DoctorAnswer,
  DoctorQuery,
  EventsAnswer,
  EventsQuery,
  PlanAnswer,
  SyncAnswer,
  SyncBody,
} from './operation.ts';
import {
  CommandAnswer,
  CommandBody,
  HistoryAnswer,
  ServiceAnswer,
  ServiceParams,
  WhyAnswer,
} from './service.ts';
import { HostsAnswer, SourcesAnswer, StatusAnswer, VersionAnswer } from './status.ts';

/**
 * public:  anybody who reaches the address.
 * sync:    asks for a look at the sources.
 * read:    sees the state.
 * operate: changes what the controller does.
 * logs:    reads what containers print, which may hold anything.
 * exec:    runs commands in containers.
 */
export const PERMISSIONS = ['public', 'sync', 'read', 'operate', 'logs', 'exec'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** `:name` stands for a parameter. */
  readonly path: string;
  readonly permission: Permission;
  readonly params: z.ZodType<Record<string, string>, Record<string, string>>;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
}

const NOTHING = z.strictObject({});
/** What an endpoint takes unless it says more. */
const BARE = { params: NOTHING, query: NOTHING, body: NOTHING };
const SERVICE = '/v1/services/:namespace/:name';

const TABLE = {
  version: { ...BARE, method: 'GET', path: '/v1/version', permission: 'read', answer: VersionAnswer },
  status: { ...BARE, method: 'GET', path: '/v1/status', permission: 'read', answer: StatusAnswer },
  sources: { ...BARE, method: 'GET', path: '/v1/sources', permission: 'read', answer: SourcesAnswer },
  hosts: { ...BARE, method: 'GET', path: '/v1/hosts', permission: 'read', answer: HostsAnswer },
  describe: {
    ...BARE,
    method: 'GET',
    path: SERVICE,
    permission: 'read',
    params: ServiceParams,
    answer: ServiceAnswer,
  },
  why: {
    ...BARE,
    method: 'GET',
    path: `${SERVICE}/why`,
    permission: 'read',
    params: ServiceParams,
    answer: WhyAnswer,
  },
  history: {
    ...BARE,
    method: 'GET',
    path: `${SERVICE}/history`,
    permission: 'read',
    params: ServiceParams,
    answer: HistoryAnswer,
  },
  command: {
    ...BARE,
    method: 'POST',
    path: `${SERVICE}/commands`,
    permission: 'operate',
    params: ServiceParams,
    body: CommandBody,
    answer: CommandAnswer,
  },
  plan: { ...BARE, method: 'GET', path: '/v1/plan', permission: 'read', answer: PlanAnswer },
  /** It holds what containers are made of, which whoever may change it may know. */
  copy: { ...BARE, method: 'GET', path: '/v1/copy', permission: 'operate', answer: CopyAnswer },
  events: {
    ...BARE,
    method: 'GET',
    path: '/v1/events',
    permission: 'read',
    query: EventsQuery,
    answer: EventsAnswer,
  },
  audit: {
    ...BARE,
    method: 'GET',
    path: '/v1/audit',
    permission: 'read',
    query: AuditQuery,
    answer: AuditAnswer,
  },
  doctor: {
    ...BARE,
    method: 'GET',
    path: '/v1/doctor',
    permission: 'read',
    query: DoctorQuery,
    answer: DoctorAnswer,
  },
  sync: { ...BARE, method: 'POST', path: '/v1/sync', permission: 'sync', body: SyncBody, answer: SyncAnswer },
  approve: {
    ...BARE,
    method: 'POST',
    path: '/v1/approve',
    permission: 'operate',
    body: ApproveBody,
    answer: ApproveAnswer,
  },
} as const satisfies Record<string, Endpoint>;

type Table = typeof TABLE;
export type EndpointName = keyof Table;

/** What the server hands to the code behind an endpoint. */
export interface EndpointInput<K extends EndpointName> {
  readonly params: z.output<Table[K]['params']>;
  readonly query: z.output<Table[K]['query']>;
  readonly body: z.output<Table[K]['body']>;
  /** Who asks, for the audit: `user:NAME`. */
  readonly actor: string;
}
export type EndpointResult<K extends EndpointName> = z.input<Table[K]['answer']>;

/** What a client passes, and gets. */
export interface EndpointRequest<K extends EndpointName> {
  readonly params?: z.input<Table[K]['params']>;
  readonly query?: z.input<Table[K]['query']>;
  readonly body?: z.input<Table[K]['body']>;
}
export type EndpointAnswer<K extends EndpointName> = z.output<Table[K]['answer']>;

/** An entry of the table, for code that works on any of them. */
export interface TypedEndpoint<K extends EndpointName>
  extends Pick<Endpoint, 'method' | 'path' | 'permission'> {
  readonly params: z.ZodType<EndpointInput<K>['params']>;
  readonly query: z.ZodType<EndpointInput<K>['query']>;
  readonly body: z.ZodType<EndpointInput<K>['body']>;
  readonly answer: z.ZodType<EndpointAnswer<K>>;
}

export const ENDPOINTS: { readonly [K in EndpointName]: TypedEndpoint<K> } = TABLE;

/** Endpoints that answer with a stream; see `streams.ts` for what flows. */
export const STREAMS = {
  followEvents: { method: 'GET', path: '/v1/events/stream', permission: 'read' },
  logs: { method: 'GET', path: `${SERVICE}/logs`, permission: 'logs' },
  exec: { method: 'GET', path: `${SERVICE}/exec`, permission: 'exec' },
} as const satisfies Record<string, Pick<Endpoint, 'method' | 'path' | 'permission'>>;
