// HAProxy as a host's load balancer, reached by commands in its container: no port of it is open to anybody.

import type { ConfigFile } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CallOptions, Host } from '../../ports/host.ts';
import type { LoadBalancer, LoadBalancerRules } from '../../ports/load-balancer.ts';
import { archiveOf } from '../docker/volumes.ts';
import { run, toldIn } from './run.ts';
import { applyCommand, EXIT, RULES_FILE, stateCommand } from './script.ts';
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
