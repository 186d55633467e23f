// `plimsoll plan`: what would be done, and why. Of a directory without a controller, or of the running
// controller.

import type { Command } from 'commander';
import { type ActionKind, describeAction, isActionKind } from '../../action/action.ts';
import type { PlanAnswer } from '../../api/client.ts';
import { PlimsollError, toProblem } from '../../kernel/errors.ts';
import { loadOptionalConfig } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { exitCodeOf, printProblem } from '../problems.ts';
import { harmless, type Style, type Terminal } from '../terminal.ts';
import { plural, shortCommit, shortDigests } from '../wording.ts';

interface Options extends ControllerOptions {
  readonly offline?: true;
  readonly json?: true;
  readonly failOnBlocked?: true;
}

/** A plan by which something would be done; on request also one by which something cannot be done. */
const CHANGES = 2;

const SIGNS: Partial<Record<ActionKind, readonly [string, Style]>> = {
  runContainer: ['+', 'green'],
  stopContainer: ['-', 'red'],
  removeContainer: ['-', 'red'],
  removeNetwork: ['-', 'red'],
  removeVolume: ['-', 'red'],
  removeImage: ['-', 'red'],
  updateContainer: ['~', 'yellow'],
  restartContainer: ['~', 'yellow'],
};

type Planned = PlanAnswer['actions'][number];

/** A controller of another version may plan what this program has no words for. */
function actionLine(terminal: Terminal, { kind, host, object, because }: Planned): string {
  const isKnown = isActionKind(kind);
  const [sign, style] = (isKnown ? SIGNS[kind] : undefined) ?? [' ', 'dim'];
  const sentence = isKnown ? describeAction({ kind, object, host }) : `${kind} ${object} on ${host}`;
  return `${terminal.paint(style, `${sign} ${shortDigests(sentence)}`)}${terminal.paint('dim', `  (${harmless(because)})`)}`;
}

/** The commit, what would be done and what is blocked. */
export function printPlan(terminal: Terminal, plan: PlanAnswer): void {
  terminal.print(`commit ${shortCommit(plan.commit)}`);
  for (const action of plan.actions) terminal.print(actionLine(terminal, action));
  if (plan.blocked.length > 0) terminal.print('blocked:');
  for (const { object, because } of plan.blocked)
    terminal.print(`  ${terminal.paint('yellow', object)}: ${harmless(because)}`);
  terminal.print(summary(plan));
}

function summary({ actions, blocked }: PlanAnswer): string {
  if (actions.length === 0 && blocked.length === 0) return 'nothing to do';
  if (actions.length === 0) return 'nothing can be done before what blocks it is cleared';
  const hosts = new Set(actions.map((a) => a.host)).size;
  const rest = blocked.length === 0 ? '' : `; ${blocked.length} blocked`;
  return `${plural(actions.length, 'action')} on ${plural(hosts, 'host')}${rest}`;
}

function finish(terminal: Terminal, plan: PlanAnswer, options: Options): number {
  if (options.json) terminal.printJson(plan);
  else printPlan(terminal, plan);
  if (plan.actions.length > 0) return CHANGES;
  if (plan.blocked.length === 0) return 0;
  const isFailure = options.failOnBlocked ?? false;
  const advice = isFailure ? '' : '; `--fail-on-blocked` makes that exit code 2';
  terminal.note(`nothing would be done, ${plan.blocked.length} blocked${advice}`);
  return isFailure ? CHANGES : 0;
}

async function planDirectory(context: CommandContext, directory: string, options: Options): Promise<number> {
  const { terminal, runtime, env } = context;
  const config = await loadOptionalConfig(options.config, env);
  if (!config.ok) {
    for (const found of config.error) printProblem(terminal, found);
    return exitCodeOf(config.error.map((p) => p.code));
  }
  const planned = await runtime.planDirectory(directory, config.value, { offline: options.offline ?? false });
  if (!planned.ok) {
    for (const found of planned.error) printProblem(terminal, found);
    return exitCodeOf(planned.error.map((p) => p.code));
  }
  const { commit, forecast, warnings, unseen } = planned.value;
  for (const found of warnings) printProblem(terminal, found, 'warning');
  for (const found of unseen) printProblem(terminal, found, 'warning');
  const plan: PlanAnswer = {
    commit,
    actions: forecast.actions.map(({ kind, host, object, because }) => ({ kind, host, object, because })),
    blocked: forecast.blocked,
  };
  return finish(terminal, plan, options);
}

/** Whoever has no controller may have wanted the other way of planning. */
function withOtherWay(error: unknown): unknown {
  const found = toProblem(error);
  if (found.code !== 'command/no-controller') return error;
  const hint =
    'Name a directory to plan without a controller: `plimsoll plan manifests`. Otherwise start one with `plimsoll serve`, or name it with --controller.';
  return new PlimsollError({ ...found, hint }, error);
}

async function planOfController(context: CommandContext, options: Options): Promise<number> {
  try {
    return await withClient(context, options, async (client) => {
      return finish(context.terminal, await client.ask('plan'), options);
    });
  } catch (error) {
    throw withOtherWay(error);
  }
}

export function addPlan(program: Command, run: Run): void {
  withController(withJson(program.command('plan')))
    .description(
      'show what would be done and why; exit code 0: nothing would be done, 2: changes, 1: an error',
    )
    .argument('[directory]', 'manifests to plan for; without it the running controller is asked')
    .option(
      '--offline',
      'ask neither hosts nor registries: plan for empty hosts; what goes by a digest that was not looked up says so',
    )
    .option('--fail-on-blocked', 'exit code 2 also where nothing would be done because something is blocked')
    .action((directory: string | undefined, options: Options) =>
      run((context) =>
        directory === undefined
          ? planOfController(context, options)
          : planDirectory(context, directory, options),
      ),
    );
}
