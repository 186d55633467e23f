// Where a connection to the socket stops being HTTP and becomes the input and output of a command. It is
// served on the local socket only, whose user may do everything.

import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Problem, problem } from '../kernel/errors.ts';
import { type ServiceKey, serviceKey } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Controller } from '../loop/controller.ts';
import { STREAMS } from './contract/endpoints.ts';
import { ServiceParams } from './contract/service.ts';
import { EXEC_PROTOCOL, type ExecStart } from './contract/streams.ts';
import { serveExec } from './exec-session.ts';
import { presentable, statusOf } from './failures.ts';
import { unknownService } from './handlers.ts';
import { actorOf, check } from './register.ts';

const PATH = new RegExp(`^${STREAMS.exec.path.replaceAll(/:(\w+)/g, '(?<$1>[^/?]+)')}$`);

function refuse(connection: Duplex, found: Problem): void {
  const status = statusOf(found.code);
  const body = JSON.stringify({ problem: presentable(found) });
  connection.on('error', () => {});
  connection.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function serviceOf(controller: Controller, request: IncomingMessage): Result<ServiceKey, Problem> {
  const match = PATH.exec((request.url ?? '').split('?')[0] ?? '');
  if (match === null || request.method !== STREAMS.exec.method)
    return err(problem('command/not-found', 'nothing is served there'));
  if (request.headers.upgrade !== EXEC_PROTOCOL)
    return err(problem('command/usage', `this speaks only ${EXEC_PROTOCOL}`));
  const params = check(ServiceParams, { ...match.groups }, 'address');
  if (!params.ok) return params;
  const key = serviceKey(params.value.namespace, params.value.name);
  return controller.inspect.origin(key) === null ? err(unknownService(controller, key)) : ok(key);
}

/** Arguments may be secrets: the audit names the program only. */
const describeStart = (container: string, { command }: ExecStart): string =>
  `${command[0] ?? ''} with ${command.length - 1} arguments in ${container}`;

/** Serves `exec` on this server until the signal. */
export function openExecDoor(server: Server, controller: Controller, signal: AbortSignal): void {
  const open = new Set<Duplex>();
  server.on('upgrade', (request, connection, head) => {
    const key = serviceOf(controller, request);
    if (!key.ok) {
      refuse(connection, key.error);
      return;
    }
    open.add(connection);
    connection.once('close', () => open.delete(connection));
    connection.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${EXEC_PROTOCOL}\r\n\r\n`,
    );
    const actor = actorOf(request);
    void serveExec(connection, head, controller.inspect, key.value, (container, start) =>
      controller.record(actor, 'command/exec', key.value, describeStart(container, start)),
    );
  });
  signal.addEventListener('abort', () => {
    for (const connection of open) connection.destroy();
  });
}
