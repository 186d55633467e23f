// HAProxy as a host's load balancer, reached by commands in its container: no port of it is open to anybody.

import type { ConfigFile } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CallOptions, Host } from '../../ports/host.ts';
import type { LoadBalancer, LoadBalancerRules } from '../../ports/load-balancer.ts';
import { archiveOf } from '../docker/volumes.ts';
import { readCounts } from './counts.ts';
import { run, toldIn } from './run.ts';
import { applyCommand, countsCommand, EXIT, RULES_FILE, stateCommand } from './script.ts';
import { readState } from './state.ts';

const READABLE = 0o644;
const SECRET = 0o600;
const fileOf = (path: string, content: string, mode: number): ConfigFile => ({
  path,
  mode,
  contentBase64: Buffer.from(content).toString('base64'),
});

const WITHOUT_WORDS: ReadonlyMap<number, string> = new Map([
  [EXIT.notReloaded, 'no process came up by its new rules'],
  [EXIT.busy, 'others are being given to it, and it takes long'],
]);

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

/** What one command makes it say; null: that is not what HAProxy says. */
async function asked<T>(
  host: Host,
  container: string,
  command: readonly string[],
  read: (output: string) => T | null,
  options: CallOptions,
): Promise<T> {
  const result = await run(host, container, command, null, options);
  const said = result.code === 0 ? read(result.output) : null;
  if (said !== null) return said;
  const because = toldIn(result) || 'it says nothing of itself';
  throw new PlimsollError(problem('proxy/silent', `HAProxy on ${host.id} does not answer: ${because}`));
}

export const haproxyOn = (host: Host): LoadBalancer => ({
  apply: (container, rules, options) => apply(host, container, rules, options),
  state: (container, options) => asked(host, container, stateCommand, readState, options),
  measure: (container, options) => asked(host, container, countsCommand, readCounts, options),
});
