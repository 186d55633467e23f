// The Host port of one controller process to one simulated machine: put together as the real adapter is, over
// a connection that the world can slow down, cut and break, and that dies with the process.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { LoadBalancerDriver } from '../../ports/load-balancer.ts';
import type { Answer } from '../engine/answer.ts';
import { balancerCounts, balancerState, tellBalancer } from '../engine/balancer.ts';
import type { SimEngine } from '../engine/sim-engine.ts';
import { type Caller, createCaller, never } from './call.ts';
import { changesOf } from './change-calls.ts';
import { changing, inspection } from './changes.ts';
import { type LinkConditions, PERFECT } from './conditions.ts';
import { Connection } from './connection.ts';
import { probe, readLogs } from './conversations.ts';
import { type LinkObserver, type Question, type QuestionKind, UNOBSERVED } from './observer.ts';
import type { CallContext } from './pending.ts';
import { reading, readReport } from './report.ts';
import type { WireRequest } from './transit.ts';

export type BalancerPort = ReturnType<LoadBalancerDriver['on']>;

export interface SimLinkOptions {
  readonly engine: SimEngine;
  /** The controller's. */
  readonly clock: Clock;
  /** The only source of chance. */
  readonly random: Random;
  readonly conditions?: LinkConditions;
  readonly observer?: LinkObserver;
}

export interface SimLink extends Host {
  readonly balancer: BalancerPort;
  readonly conditions: LinkConditions;
  /** From now on; what a cut held back goes on when the way is open again. */
  setConditions(conditions: LinkConditions): void;
  /** The connection breaks off at once, as when sshd is restarted. */
  breakOff(because: string): void;
  /** The process dies: nothing settles or is called back any more; what was sent still arrives. */
  kill(): void;
}

type Observation = 'report' | 'inspectContainer' | 'listNetworks' | 'listVolumes' | 'listImages' | 'events';
type Conversation = 'probe' | 'logs' | 'exec';

/** Not connected yet: `connect` opens it. */
export function createSimLink({
  engine,
  clock,
  random,
  conditions = PERFECT,
  observer = UNOBSERVED,
}: SimLinkOptions): SimLink {
  const connection = new Connection({ engine, clock, random, observer }, conditions);
  const context: CallContext = { wire: connection.wire, clock, observer, where: engine.host };
  const caller = createCaller(connection, context);
  return {
    id: engine.host,
    get conditions() {
      return connection.wire.conditions;
    },
    setConditions: (now) => connection.setConditions(now),
    breakOff: (because) => connection.breakOff(because),
    kill: () => connection.kill(),
    connect: (how) => connection.open(how),
    onDisconnect: (callback) => connection.onLost(callback),
    close: () => connection.close(),
    ...observationOf(connection, context, caller, engine),
    ...changesOf(caller, engine.machine),
    ...conversationsOf(connection, context, caller, engine),
    balancer: balancerOf(caller, engine),
  };
}

const answering = <T>(read: () => Answer<T>) => {
  const work: WireRequest<T>['work'] = (reply) => {
    reply(read());
    return undefined;
  };
  return { takes: 'read', effect: null, work } as const;
};

/** Each is one command in the container. */
const balancerOf = ({ one }: Caller, { machine }: SimEngine): BalancerPort => ({
  tell: (container, telling, how) => {
    const change = changing('tellBalancer', telling.mark, 'signal', () =>
      tellBalancer(machine, container, telling),
    );
    return one(`cannot tell the load balancer ${container}`, how, change);
  },
  state: (container, how) =>
    one(
      `cannot ask the load balancer ${container}`,
      how,
      answering(() => balancerState(machine, container)),
    ),
  measure: (container, how) =>
    one(
      `cannot read what the load balancer ${container} has counted`,
      how,
      answering(() => balancerCounts(machine, container)),
    ),
});

function observationOf(
  connection: Connection,
  { clock, observer }: CallContext,
  { one, several }: Caller,
  { machine, host }: SimEngine,
): Pick<Host, Observation> {
  const look = <T>(kind: QuestionKind, object: string, begin: () => Promise<T>): Promise<T> => {
    const question: Question = { kind, at: host, object };
    observer.asked?.(question);
    const answer = begin();
    answer.then(
      () => observer.learnt?.(question),
      () => {},
    );
    return answer;
  };
  const report: Host['report'] = async (known, how) => {
    const session = connection.session();
    // What happens while the lists are read may or may not be in them: the earlier moment is the safe one.
    const at = clock.now();
    const lists = await several('cannot read the state of the host', how, (ask) =>
      readReport(ask, machine, known, how.withoutImages !== true),
    );
    return { at, engine: session.engine, ...lists };
  };
  return {
    report: (known, how) =>
      connection.wire.isDead ? never() : look('report', 'everything', () => report(known, how)),
    inspectContainer: (id, how) =>
      look('inspect', id, () => one(`cannot inspect container ${id}`, how, inspection(machine, id))),
    listNetworks: (how) =>
      look('list', 'networks', () => {
        const networks = reading(() => machine.observedNetworks.get());
        return one('cannot list networks', how, networks);
      }),
    listVolumes: (how) =>
      look('list', 'volumes', () => {
        const volumes = reading(() => machine.observedVolumes.get());
        return one('cannot list volumes', how, volumes);
      }),
    listImages: (how) =>
      look('list', 'images', () => {
        const images = reading(() => machine.observedImages.get());
        return one('cannot list images', how, images);
      }),
    events: (signal) => connection.events(signal),
  };
}

function conversationsOf(
  connection: Connection,
  context: CallContext,
  caller: Caller,
  { machine }: SimEngine,
): Pick<Host, Conversation> {
  return {
    probe: (target, how) => {
      const object = `${target.kind} ${target.address}:${target.port}${target.path}`;
      context.observer.asked?.({ kind: 'probe', at: context.where, object });
      return probe(caller, context, machine, target, how);
    },
    async *logs(id, query, signal) {
      if (context.wire.isDead) await never();
      yield* readLogs(caller, context, connection.session(), machine, id, query, signal);
    },
    /** Simulated containers run no commands: where a real one would, it is refused. */
    async exec(id, _request, how) {
      const attempt = `cannot run a command in container ${id}`;
      const found = await caller.one(attempt, how, inspection(machine, id));
      if (found === null) throw new PlimsollError(problem('engine/not-found', `${attempt}: it is not there`));
      if (found.status !== 'running')
        throw new PlimsollError(problem('engine/conflict', `${attempt}: it is not running`));
      throw new PlimsollError(problem('engine/rejected', `${attempt}: it is simulated and has none`));
    },
  };
}
