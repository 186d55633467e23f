// How a container reaches the services that it connects to: by which names, and which variables say so. All of that is fixed when a container is created.

import { type ErrorCode, type Problem, problem } from '../kernel/errors.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { namespaceOf } from './collect.ts';
import type { Connection } from './connections.ts';
import type { ConnectionSpec } from './container.ts';
import { checkSharedPorts } from './shared-ports.ts';

export interface ResolvedConnections {
  readonly specs: readonly ConnectionSpec[];
  readonly environment: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/** A connection with the name that `as` or the service gives it. */
interface Named extends Connection {
  readonly name: string;
  /** Holds from every namespace. */
  readonly fullName: string;
}

type Refuse = (index: number, code: ErrorCode, message: string, hint: string) => void;

export function resolveConnections(
  document: DocumentOf<'Service'>,
  connections: readonly Connection[],
): ResolvedConnections {
  const problems: Problem[] = [];
  const refuse: Refuse = (index, code, message, hint) => {
    const span = valueSpan(document, ['spec', 'connects', index]);
    problems.push(problem(code, message, { span, hint }));
  };
  const own = namespaceOf(document);
  const named = connections.map((one) => withName(one, own));
  checkNames(document, named, refuse);
  const environment = variables(named, refuse);
  checkSharedPorts(named, ({ index }, message) =>
    refuse(index, 'manifest/limit', message, 'Let some of these services serve another port.'),
  );
  const specs = named.map(({ service, port, name, fullName }) => ({
    service,
    port,
    names: [...new Set([name, fullName])],
  }));
  return { specs: specs.sort(bySubject), environment: Object.fromEntries(environment), problems };
}

function withName(one: Connection, own: string): Named {
  const [namespace = '', service = ''] = one.service.split('/');
  const fullName = `${service}.${namespace}`;
  return { ...one, name: one.as ?? (namespace === own ? service : fullName), fullName };
}

function bySubject(a: ConnectionSpec, b: ConnectionSpec): number {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  return a.port - b.port;
}

const RENAME_ONE = 'Give one of the two another name with `as`.';

function checkNames(document: DocumentOf<'Service'>, named: readonly Named[], refuse: Refuse): void {
  const taken = otherNames(document);
  const holders = new Map<string, ServiceKey>();
  const ports = new Set<string>();
  for (const { service, port, name, fullName, index } of named) {
    if (ports.has(`${service} ${port}`)) {
      const message = `${service} is connected to twice by port ${port}`;
      refuse(index, 'manifest/duplicate', message, 'Remove one of the two.');
      continue;
    }
    ports.add(`${service} ${port}`);
    const holder = holders.get(name) ?? service;
    holders.set(name, holder);
    if (holder !== service) {
      const message = `${holder} and ${service} would both have the name \`${name}\``;
      refuse(index, 'manifest/duplicate', message, RENAME_ONE);
    }
    for (const one of new Set([name, fullName])) {
      const other = taken.get(one);
      if (other === undefined) continue;
      refuse(index, 'manifest/duplicate', `the name \`${one}\` is taken: ${other.because}`, other.hint);
    }
  }
}

interface TakenName {
  readonly because: string;
  readonly hint: string;
}

/** What the engine writes into /etc/hosts, which goes before its name server. */
const LOOPBACK = [
  'localhost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
];
const RENAME = 'Give the connection another name with `as`.';

/** Names that already mean something in the containers of a service, in lower case. */
function otherNames({ manifest: { metadata, spec } }: DocumentOf<'Service'>): ReadonlyMap<string, TakenName> {
  const taken = new Map<string, TakenName>();
  for (const name of LOOPBACK) taken.set(name, { because: 'it is the container itself', hint: RENAME });
  taken.set(metadata.name, { because: 'it is that of the service itself', hint: RENAME });
  const hostname = spec.hostname?.toLowerCase() ?? null;
  // The engine makes the first part of a full name known, too.
  for (const name of hostname === null ? [] : [hostname, hostname.split('.')[0] ?? hostname]) {
    const because = '`hostname` gives it to the container itself';
    taken.set(name, { because, hint: 'Choose another `hostname`, or leave it out.' });
  }
  for (const line of spec.extra_hosts ?? []) {
    const written = line.slice(0, line.indexOf(':'));
    const hint = `Remove \`${written}\` from \`extra_hosts\`.`;
    taken.set(written.toLowerCase(), { because: '`extra_hosts` gives it to an address', hint });
  }
  return taken;
}

const wordOf = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

/** API_HOST and API_PORT; where several ports have the name, API_PORT is the first and API_PORT_9090 each. */
function variables(named: readonly Named[], refuse: Refuse): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const holders = new Map<string, Named>();
  for (const one of named) {
    const word = wordOf(one.name);
    const holder = holders.get(word);
    if (holder === undefined) {
      holders.set(word, one);
      found.set(`${word}_HOST`, one.name);
      found.set(`${word}_PORT`, String(one.port));
    } else if (holder.name === one.name) {
      for (const { port } of [holder, one]) found.set(`${word}_PORT_${port}`, String(port));
    } else {
      const message = `${holder.service} and ${one.service} would both have the variable ${word}_HOST`;
      refuse(one.index, 'manifest/duplicate', message, RENAME_ONE);
    }
  }
  return found;
}
