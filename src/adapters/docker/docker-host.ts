// The real Host: what the port promises, put together from one file per concern.

import type { ConfigFile } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallOptions, ExecRequest, ExecSession, FillOptions, Host } from '../../ports/host.ts';
import { Connection } from './connection.ts';
import * as containers from './containers.ts';
import { createContainer } from './create-container.ts';
import type { Engine } from './engine.ts';
import { readEvents } from './events.ts';
import { createExec, execSession, exitCodeOf, resizeExec, startExec } from './exec.ts';
import { listImages, pullImage, removeImage } from './images.ts';
import { readLogs } from './logs.ts';
import * as places from './network-places.ts';
import * as networks from './networks.ts';
import { type EngineAddress, openTransport } from './open-transport.ts';
import { probe } from './probe.ts';
import { readReport } from './report.ts';
import * as volumes from './volumes.ts';

export interface DockerHostOptions extends EngineAddress {
  readonly clock: Clock;
}

/** For what a host does on its own account: resizing, reading an exit code, clearing up. */
const SMALL_CALL: CallOptions = { deadlineMs: 5_000 };

/** Not connected yet: `connect` opens it. */
export function createDockerHost(options: DockerHostOptions): Host {
  const connection = new Connection(options.id, (opening) => openTransport(options, opening));
  const call = async <T>(
    attempt: string,
    how: CallOptions,
    work: (engine: Engine) => Promise<T>,
  ): Promise<T> => connection.session().call(attempt, how, work);
  return {
    id: options.id,
    connect: (how) => connection.open(how),
    onDisconnect: (callback) => connection.onLost(callback),
    close: () => connection.close(),
    ...observation(connection, call, options.clock),
    ...changes(call),
    ...conversations(connection, call, options.clock),
  };
}

type Calling = <T>(attempt: string, how: CallOptions, work: (engine: Engine) => Promise<T>) => Promise<T>;
type Observation = 'report' | 'inspectContainer' | 'listNetworks' | 'listVolumes' | 'listImages' | 'events';
type Conversation = 'probe' | 'logs' | 'exec';
type Change = Exclude<keyof Host, Observation | Conversation | 'id' | 'connect' | 'onDisconnect' | 'close'>;

function observation(connection: Connection, call: Calling, clock: Clock): Pick<Host, Observation> {
  return {
    async report(known, how) {
      const session = connection.session();
      // What happens while the lists are read may or may not be in them: the earlier moment is the safe one.
      const at = clock.now();
      const lists = await session.call('cannot read the state of the host', how, (engine) =>
        readReport(engine, known, how.withoutImages !== true),
      );
      return { at, engine: session.engine, ...lists };
    },
    inspectContainer: (id, how) =>
      call(`cannot inspect container ${id}`, how, (engine) => containers.inspectContainer(engine, id)),
    listNetworks: (how) => call('cannot list networks', how, (engine) => networks.listNetworks(engine)),
    listVolumes: (how) => call('cannot list volumes', how, volumes.listVolumes),
    listImages: (how) => call('cannot list images', how, listImages),
    async *events(signal) {
      const session = connection.session();
      const attempt = 'cannot follow the events of the engine';
      yield* session.stream(attempt, signal, (engine) => readEvents(engine, session.eventsFrom));
    },
  };
}

function changes(call: Calling): Pick<Host, Change> {
  return {
    pullImage: (reference, credential, onProgress, how) =>
      call(`cannot pull ${reference}`, how, (engine) => pullImage(engine, reference, credential, onProgress)),
    createNetwork: (request, how) =>
      call(`cannot create network ${request.name}`, how, (engine) => networks.createNetwork(engine, request)),
    createVolume: (name, labels, how) =>
      call(`cannot create volume ${name}`, how, (engine) => volumes.createVolume(engine, name, labels)),
    fillVolume: (volume, image, labels, files, how) => fill(call, volume, image, labels, files, how),
    createContainer: (request, how) =>
      call(`cannot create container ${request.name}`, how, (engine) => createContainer(engine, request)),
    startContainer: (id, how) =>
      call(`cannot start container ${id}`, how, (engine) => containers.startContainer(engine, id)),
    restartContainer: (id, graceMs, how) =>
      call(`cannot restart container ${id}`, how, (engine) =>
        containers.restartContainer(engine, id, graceMs),
      ),
    stopContainer: (id, graceMs, how) =>
      call(`cannot stop container ${id}`, how, (engine) => containers.stopContainer(engine, id, graceMs)),
    removeContainer: (id, how) =>
      call(`cannot remove container ${id}`, how, (engine) => containers.removeContainer(engine, id)),
    updateContainer: (id, change, how) =>
      call(`cannot update container ${id}`, how, (engine) => containers.updateContainer(engine, id, change)),
    connectNetwork: (network, id, place, how) =>
      call(`cannot connect container ${id} to network ${network}`, how, (engine) =>
        places.connectNetwork(engine, network, id, place),
      ),
    disconnectNetwork: (network, id, how) =>
      call(`cannot disconnect container ${id} from network ${network}`, how, (engine) =>
        places.disconnectNetwork(engine, network, id),
      ),
    removeNetwork: (id, how) =>
      call(`cannot remove network ${id}`, how, (engine) => networks.removeNetwork(engine, id)),
    removeVolume: (name, how) =>
      call(`cannot remove volume ${name}`, how, (engine) => volumes.removeVolume(engine, name)),
    removeImage: (id, how) => call(`cannot remove image ${id}`, how, (engine) => removeImage(engine, id)),
  };
}

/** The filling container goes, whatever comes of it, while we may: after a failure in a call with a deadline of its own. */
async function fill(
  call: Calling,
  volume: string,
  image: string,
  labels: Readonly<Record<string, string>>,
  files: readonly ConfigFile[],
  how: FillOptions,
): Promise<void> {
  const attempt = `cannot fill volume ${volume}`;
  const archive = await volumes.archiveOf(files);
  const mustGoOn = (): void => {
    if (!how.mayGoOn()) throw new PlimsollError(problem('host/cancelled', `${attempt}: cancelled`));
  };
  try {
    const filler = await call(attempt, how, (engine) =>
      volumes.prepareFiller(engine, volume, image, labels, mustGoOn),
    );
    mustGoOn();
    await call(attempt, { ...how, deadlineMs: how.uploadMs }, (engine) =>
      volumes.uploadFiles(engine, volume, filler, archive),
    );
    mustGoOn();
    await call(attempt, how, (engine) => containers.removeContainer(engine, filler));
  } catch (error) {
    if (!how.mayGoOn()) throw error;
    await call(attempt, SMALL_CALL, (engine) => volumes.removeFiller(engine, volume, labels)).catch(() => {});
    throw error;
  }
}

function conversations(connection: Connection, call: Calling, clock: Clock): Pick<Host, Conversation> {
  return {
    async probe(target, { deadlineMs, signal }) {
      const session = connection.session();
      return session.follow(`cannot probe ${target.address}:${target.port}`, signal, (hostSignal) =>
        probe(session.transport, target, deadlineMs, hostSignal, () => clock.monotonicMs()),
      );
    },
    async *logs(id, query, signal) {
      const attempt = `cannot read the logs of container ${id}`;
      yield* connection
        .session()
        .stream(attempt, signal, (engine) => readLogs(engine, id, query, clock.now()));
    },
    exec: (id, request, how) => converse(connection, call, id, request, how),
  };
}

async function converse(
  connection: Connection,
  call: Calling,
  id: string,
  request: ExecRequest,
  how: CallOptions,
): Promise<ExecSession> {
  const attempt = `cannot run a command in container ${id}`;
  const session = connection.session();
  const { exec, stream } = await call(attempt, how, async (engine) => {
    const created = await createExec(engine, id, request);
    const started = await startExec(engine, created, request.tty);
    if (request.size !== null) await resizeExec(engine, created, request.size.columns, request.size.rows);
    return { exec: created, stream: started };
  });
  return execSession(stream, request.tty, {
    resize: (columns, rows) =>
      call('cannot resize the terminal', SMALL_CALL, (engine) => resizeExec(engine, exec, columns, rows)),
    exitCode: () =>
      call('cannot read the exit code of the command', SMALL_CALL, (engine) => exitCodeOf(engine, exec)),
    explain: (error) => session.explain(attempt, error),
  });
}
