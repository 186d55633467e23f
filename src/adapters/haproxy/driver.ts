// HAProxy as a host's load balancer, reached by commands in its container: no port of it is open to anybody.

import type { ConfigFile } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CallOptions, ExecSession, Host, LogChunk } from '../../ports/host.ts';
import type { LoadBalancer, LoadBalancerRules } from '../../ports/load-balancer.ts';
import { archiveOf } from '../docker/volumes.ts';
import { applyCommand, EXIT, RULES_FILE, stateCommand } from './script.ts';
import { readState } from './state.ts';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const READABLE = 0o644;
const SECRET = 0o600;
/** Of what HAProxy says about rules that it refuses, the beginning is what matters. */
const MOST_TOLD = 600;

const fileOf = (path: string, content: string, mode: number): ConfigFile => ({
  path,
  mode,
  contentBase64: Buffer.from(content).toString('base64'),
});

async function ended(session: ExecSession): Promise<Ended> {
  const said: Record<LogChunk['stream'], Uint8Array[]> = { stdout: [], stderr: [] };
  for await (const { stream, data } of session.output) said[stream].push(data);
  const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();
  // Asked of the engine: of a command that was given up it says that it runs.
  return { code: await session.exitCode, output: text(said.stdout), errors: text(said.stderr) };
}

/** Within the deadline, from the first call to the last byte. */
async function run(
  host: Host,
  container: string,
  command: readonly string[],
  input: Uint8Array | null,
  options: CallOptions,
): Promise<Ended> {
  const request = { command, tty: false, stdin: input !== null, size: null };
  const session = await host.exec(container, request, options);
  const overdue = AbortSignal.timeout(options.deadlineMs);
  const signal = options.signal === undefined ? overdue : AbortSignal.any([options.signal, overdue]);
  const stop = (): void => session.kill();
  signal.addEventListener('abort', stop);
  // It may have been called off while the command was being started.
  if (signal.aborted) stop();
  try {
    if (input !== null) {
      await session.write(input);
      session.closeInput();
    }
    return await ended(session);
  } catch (error) {
    if (!overdue.aborted) throw error;
    const late = `the load balancer on ${host.id} has not answered within ${options.deadlineMs} ms`;
    throw new PlimsollError(problem('host/timeout', late), error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const WITHOUT_WORDS: ReadonlyMap<number, string> = new Map([
  [EXIT.notReloaded, 'no process came up by its new rules'],
  [EXIT.busy, 'others are being given to it, and it takes long'],
]);

const toldIn = ({ output, errors }: Ended): string => `${errors}${output}`.trim().slice(0, MOST_TOLD);

async function apply(
  host: Host,
  container: string,
  { text, hash, generation, files }: LoadBalancerRules,
  options: CallOptions,
): Promise<void> {
  const archive = await archiveOf([
    ...files.map(({ name, content }) => fileOf(name, content.open(), SECRET)),
    fileOf(RULES_FILE, text, READABLE),
  ]);
  const result = await run(host, container, applyCommand(hash, generation), archive, options);
  if (result.code === 0) return;
  const told = toldIn(result);
  if (result.code === EXIT.refused)
    throw new PlimsollError(problem('proxy/refused', `HAProxy on ${host.id} refuses its rules: ${told}`));
  if (result.code === EXIT.superseded)
    throw new PlimsollError(problem('proxy/superseded', `HAProxy on ${host.id} has been given newer rules`));
  const because = WITHOUT_WORDS.get(result.code) ?? told;
  throw new PlimsollError(problem('proxy/reload', `HAProxy on ${host.id} was not reloaded: ${because}`));
}

export const haproxyOn = (host: Host): LoadBalancer => ({
  apply: (container, rules, options) => apply(host, container, rules, options),
  async state(container, options) {
    const result = await run(host, container, stateCommand, null, options);
    const state = result.code === 0 ? readState(result.output) : null;
    if (state !== null) return state;
    const because = toldIn(result) || 'it says nothing of itself';
    throw new PlimsollError(problem('proxy/silent', `HAProxy on ${host.id} does not answer: ${because}`));
  },
});
