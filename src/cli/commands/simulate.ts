// `plimsoll simulate DIR`: a dry run in time. What the rollout to these manifests would do on a simulated copy
// of the fleet, how long it takes, and what is left at the worst moment.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { PlimsollError, problem, toProblem } from '../../kernel/errors.ts';
import { parseBytes } from '../../kernel/quantity.ts';
import { ok } from '../../kernel/result.ts';
import { formatDuration, parseDuration } from '../../kernel/time.ts';
import type { DryRunReport } from '../../sim/dry-run/report.ts';
import { loadOptionalConfig } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { exitCodeOf, printProblem } from '../problems.ts';
import type { SimulationOptions } from '../runtime.ts';
import { printSimulation } from '../simulation-view.ts';
import type { Terminal } from '../terminal.ts';

type Lost = SimulationOptions['lost'][number];

interface Options extends ControllerOptions {
  readonly commit?: string;
  readonly running?: true;
  readonly source?: string;
  readonly lose: readonly Lost[];
  readonly failHealth: readonly string[];
  readonly pull: number;
  readonly startup: number;
  readonly stop: number;
  readonly memory: number;
  readonly json?: true;
}

/** It converges, and on the way a service has fewer ready replicas than its rules keep. */
const BELOW_RULES = 2;
/** It does not become what the commit says. */
const NOT_CONVERGED = 3;
const CANCELLED = 130;
const ONLY_RUNNING = { hint: 'Say --running too, or leave it out.' };
const CLEAR_LINE = '\r\u001b[K';

function parseSpan(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new InvalidArgumentError('Write a duration such as 20s, 500ms or 2m.');
  return duration;
}

function parseMemory(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === null || bytes === 0) throw new InvalidArgumentError('Write a size such as 8g or 512m.');
  return bytes;
}

/** `HOST`, or `HOST@20s` for a moment after the commit. */
function parseLost(text: string): Lost {
  const [host = '', when, ...more] = text.split('@');
  if (host === '' || more.length > 0)
    throw new InvalidArgumentError('Write a host, or a host and a moment such as fra-1@20s.');
  return { host, atMs: when === undefined ? null : parseSpan(when) };
}

const spanOption = (flags: string, description: string, text: string): Option =>
  new Option(flags, description).argParser(parseSpan).default(parseSpan(text), text);

function exitCodeFor({ outcome, belowRules }: DryRunReport): number {
  if (outcome !== 'converged') return NOT_CONVERGED;
  return belowRules.length > 0 ? BELOW_RULES : 0;
}

/** On a terminal a line that changes in place; gone in the end. */
function progressLine(terminal: Terminal): { readonly tell: (virtualMs: number) => void; end(): void } {
  const isShown = terminal.isLive && terminal.stderr.isTTY === true;
  return {
    tell: (virtualMs) => {
      if (isShown)
        terminal.stderr.write(`${CLEAR_LINE}simulating, ${formatDuration(virtualMs)} of virtual time so far`);
    },
    end: () => {
      if (isShown) terminal.stderr.write(CLEAR_LINE);
    },
  };
}

/** What the running controller knows, where the simulation is to begin with it. */
async function askRunning(context: CommandContext, options: Options): Promise<SimulationOptions['running']> {
  const { running, controller, socket, source } = options;
  if (!running && controller === undefined && socket === undefined) {
    if (source === undefined) return null;
    throw new PlimsollError(
      problem('command/usage', '--source names a source of a running controller', ONLY_RUNNING),
    );
  }
  // Nothing of the connection may be left when the simulation begins.
  const { fleet } = await withClient(context, options, (client) => client.ask('copy'));
  return { fleet, source: source ?? null };
}

async function simulate(context: CommandContext, directory: string, options: Options): Promise<number> {
  const { terminal, runtime, env, signal } = context;
  const running = await askRunning(context, options);
  // Whoever may ask the controller need not be able to read its secrets.
  const config = running === null ? await loadOptionalConfig(options.config, env) : ok(null);
  if (!config.ok) {
    for (const found of config.error) printProblem(terminal, found);
    return exitCodeOf(config.error.map((p) => p.code));
  }
  const progress = progressLine(terminal);
  const simulated = await runtime
    .simulateDirectory(directory, config.value, {
      commit: options.commit ?? null,
      running,
      lost: options.lose,
      failing: options.failHealth,
      assumptions: {
        pullMs: options.pull,
        startupMs: options.startup,
        stopMs: options.stop,
        hostMemoryBytes: options.memory,
      },
      onProgress: progress.tell,
      signal,
    })
    .finally(progress.end);
  if (!simulated.ok) {
    for (const found of simulated.error) printProblem(terminal, found);
    return exitCodeOf(simulated.error.map((p) => p.code));
  }
  const { report, warnings } = simulated.value;
  for (const found of warnings) printProblem(terminal, found, 'warning');
  if (options.json) terminal.printJson(report);
  else printSimulation(terminal, report);
  return exitCodeFor(report);
}

/** Ended by Ctrl-C it has no result. */
async function simulateUntilAsked(
  context: CommandContext,
  directory: string,
  options: Options,
): Promise<number> {
  try {
    return await simulate(context, directory, options);
  } catch (error) {
    const found = toProblem(error);
    if (found.code !== 'command/cancelled') throw error;
    printProblem(context.terminal, found);
    return CANCELLED;
  }
}

export function addSimulate(program: Command, run: Run): void {
  withController(withJson(program.command('simulate')))
    .description(
      'a dry run in time: carry out the manifests on simulated hosts and show how long it takes, which replicas are left at the worst moment, and how it ends; touches no host. Exit code 0: it converges, and no service ever has fewer ready replicas than its rules keep; 2: it converges, and one has; 3: it does not converge (rolled back, held, blocked, a host is missing); 1: an error',
    )
    .argument('[directory]', 'the manifests; by themselves their first deployment on empty hosts', '.')
    .addOption(
      new Option(
        '--commit <directory>',
        'what is pushed: [directory] runs already, and the rollout to this is shown',
      ).conflicts(['running', 'controller', 'socket']),
    )
    .option(
      '--running',
      'begin with what the controller runs now, on its hosts, and push [directory] to it; so do --controller and --socket',
    )
    .option(
      '--source <id>',
      'with --running: the source that [directory] stands for, where there are several',
    )
    .addOption(
      new Option(
        '--lose <host[@moment]>',
        'this host stops answering and stays away: so long after the commit, or when half of the rollout is done; may be repeated',
      )
        .argParser((text: string, before: readonly Lost[]) => [...before, parseLost(text)])
        .default([]),
    )
    .addOption(
      new Option('--fail-health <service>', 'its new revision never becomes ready; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([]),
    )
    .addOption(spanOption('--pull <duration>', 'assumed for the pull of an image that a host lacks', '20s'))
    .addOption(spanOption('--startup <duration>', 'assumed from a start until checks pass', '5s'))
    .addOption(spanOption('--stop <duration>', 'assumed from the signal to stop until the end', '1s'))
    .addOption(
      new Option('--memory <size>', 'assumed of hosts whose manifest has no label `memory`')
        .argParser(parseMemory)
        .default(parseMemory('8g'), '8g'),
    )
    .action((directory: string, options: Options) =>
      run((context) => simulateUntilAsked(context, directory, options)),
    );
}
