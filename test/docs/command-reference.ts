// The reference page of the command line, made from the program itself and from the schemas of what it
// prints as JSON.

import type { Argument, Command, Option } from 'commander';
import { z } from 'zod';
import { ENDPOINTS, STREAMS } from '../../src/api/contract/endpoints.ts';
import { ProblemAnswer } from '../../src/api/contract/fields.ts';
import {
  AuditAnswer,
  DoctorAnswer,
  EventsAnswer,
  PlanAnswer,
  SyncAnswer,
} from '../../src/api/contract/operation.ts';
import {
  HistoryAnswer,
  RolloutDescription,
  ServiceAnswer,
  WhyAnswer,
} from '../../src/api/contract/service.ts';
import {
  HostsAnswer,
  ServiceStatusAnswer,
  SourcesAnswer,
  StatusAnswer,
  VersionAnswer,
} from '../../src/api/contract/status.ts';
import { LogLine } from '../../src/api/contract/streams.ts';
import { createProgram } from '../../src/cli/commands.ts';
import { namedShapeText, shapeText } from './shape-text.ts';

const { commit, phase, services, hosts } = StatusAnswer.shape;

const virtualMs = z.number().meta({ description: 'Milliseconds of virtual time since the commit.' });
const extreme = z.object({ count: z.number(), atMs: virtualMs });

const SimulationAnswer = z.object({
  outcome: z.enum([
    'converged',
    'rolledBack',
    'held',
    'blocked',
    'failed',
    'degraded',
    'late',
    'unsettledStart',
  ]),
  because: z.string(),
  from: z.string().nullable().meta({ description: 'The commit that was there before; null: empty hosts.' }),
  commit: z.string(),
  isInForce: z.boolean().meta({ description: 'False: it is held, and what was in force before still is.' }),
  tookMs: virtualMs.meta({ description: 'When the last thing happened.' }),
  belowRules: z.array(z.string()).meta({
    description: 'Services that had fewer ready replicas at some moment than their rules keep.',
  }),
  assumptions: z.object({
    pullMs: z.number(),
    startupMs: z.number(),
    stopMs: z.number(),
    hostMemoryBytes: z.number(),
  }),
  services: z.array(
    z.object({
      service: z.string(),
      change: z.enum(['added', 'changed', 'removed', 'moved', 'unchanged']),
      wanted: z.number(),
      ready: z.number(),
      fewestReady: extreme.nullable().meta({ description: 'Null: it was never complete.' }),
      allowedReady: z.number().nullable().meta({ description: 'What its rules keep.' }),
      mostContainers: extreme,
      beganMs: virtualMs.nullable(),
      endedMs: virtualMs.nullable(),
      phase: z.union([ServiceStatusAnswer.shape.phase, z.literal('removed')]),
      because: z.string(),
      why: z.array(z.object({ link: z.string(), object: z.string(), because: z.string() })),
    }),
  ),
  hosts: z.array(
    z.object({
      host: z.string(),
      memoryBytes: z.number(),
      knownFrom: z.enum(['engine', 'label', 'assumed']),
      reservedBytes: z.number(),
      mostLimits: z.object({ bytes: z.number(), atMs: virtualMs }),
      mostUnlimited: extreme.meta({ description: 'Containers without a memory limit.' }),
      mostContainers: extreme,
      inTheEnd: z.array(z.object({ service: z.string(), containers: z.number() })),
      lostMs: virtualMs.nullable(),
      isAway: z.boolean(),
    }),
  ),
  timeline: z.array(
    z.object({
      atMs: virtualMs,
      kind: z.string(),
      level: z.enum(['info', 'warning', 'error']),
      service: z.string().nullable(),
      host: z.string().nullable(),
      message: z.string(),
    }),
  ),
  notes: z.array(z.string()),
});

/** What each command prints with `--json`. */
export const JSON_SHAPES: Readonly<Record<string, { readonly schema: z.ZodType; readonly note?: string }>> = {
  validate: {
    schema: z.object({
      valid: z.boolean(),
      problems: z.array(ProblemAnswer),
      warnings: z.array(ProblemAnswer),
    }),
  },
  plan: { schema: PlanAnswer },
  simulate: { schema: SimulationAnswer },
  status: {
    schema: z.object({ commit, phase, services, hosts }),
    note: 'With `--check` also `"reasons"`, a list of sentences: what is not well.',
  },
  sources: { schema: SourcesAnswer },
  hosts: { schema: HostsAnswer },
  describe: { schema: ServiceAnswer },
  why: { schema: WhyAnswer },
  history: { schema: HistoryAnswer },
  'rollout describe': { schema: RolloutDescription },
  events: {
    schema: EventsAnswer,
    note: 'With `--follow` each line is one of `events`, with its `position`.',
  },
  audit: { schema: AuditAnswer },
  doctor: { schema: DoctorAnswer },
  logs: { schema: LogLine, note: 'One object per line.' },
  sync: { schema: SyncAnswer },
  version: { schema: z.object({ client: z.string(), controller: VersionAnswer.nullable() }) },
};

const INTRODUCTION = `# Command line

This page is generated from the program (\`npm run docs\`).

**The controller** is found at its socket on this machine: \`--socket\`, \`$PLIMSOLL_SOCKET\`, \`listen.socket\` of \`plimsoll.yaml\` (\`--config\`, \`$PLIMSOLL_CONFIG\`, the working directory, \`/etc/plimsoll\`), or its usual place. The controller of another machine is reached over SSH: \`--controller ssh://user@host[:port][/path/of/socket]\` or \`$PLIMSOLL_CONTROLLER\`, with the keys of the SSH agent, \`--identity\`, or the usual files in \`~/.ssh\`; the machine must be in \`~/.ssh/known_hosts\`. \`validate\`, \`plan DIRECTORY\`, \`simulate\` (without \`--running\`) and \`apply\` need no controller.

**A service** is named \`NAME\`, or \`NAMESPACE/NAME\` where two namespaces have one of that name.

**Exit codes:** 0 all is well; 1 it is not, the reason is on standard error; 2 from \`plan\`: something would be done, or, with \`--fail-on-blocked\`, something is blocked; 2 from \`simulate\`: it converges, and some service had fewer ready replicas than its rules keep; 3 from \`simulate\`: it does not converge; 3 from \`status --check\`: it was asked, and not all is well (plain \`status\` ends with 0 whatever it shows); 70 a bug in Plimsoll; 130 ended by Ctrl-C. \`exec\` ends with the exit code of the command. \`--wait\` ends with 1 as soon as nothing can go on without a person, and does not use up its time.

**Output** is coloured on a terminal only, and never where \`NO_COLOR\` is set. \`--json\` prints the shapes shown below; keys may be added to them, never removed or changed, and words where a list of them ends with \`string\`. Instants are milliseconds since the Unix epoch. A \`Problem\` is

\`\`\`
${namedShapeText(ProblemAnswer, 'Problem')}
\`\`\`
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

function termOf(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function defaultOf({ defaultValue, defaultValueDescription }: Option | Argument): string {
  if (defaultValue === undefined || defaultValue === false || typeof defaultValue === 'object') return '';
  return ` (default: \`${defaultValueDescription ?? String(defaultValue)}\`)`;
}

function choicesOf({ argChoices }: Option | Argument): string {
  return argChoices === undefined ? '' : `: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}`;
}

function rows(command: Command): string[] {
  const lines = [
    ...command.registeredArguments.map((a) => [termOf(a), `${a.description}${choicesOf(a)}${defaultOf(a)}`]),
    ...command.options.map((o) => [
      o.flags,
      `${o.description}${choicesOf(o)}${o.negate ? '' : defaultOf(o)}`,
    ]),
  ];
  if (lines.length === 0) return [];
  return [
    '',
    '| | |',
    '|---|---|',
    ...lines.map(([term, text]) => `| \`${cell(term ?? '')}\` | ${cell(text ?? '')} |`),
  ];
}

function section(command: Command, parents: readonly string[]): string[] {
  const path = [...parents, command.name()];
  if (command.commands.length > 0) return command.commands.flatMap((child) => section(child, path));
  const usage = [
    'plimsoll',
    ...path,
    ...(command.options.length > 0 ? ['[options]'] : []),
    ...command.registeredArguments.map(termOf),
  ];
  const shape = JSON_SHAPES[path.join(' ')];
  return [
    '',
    `### ${path.join(' ')}`,
    '',
    `\`${usage.join(' ')}\``,
    '',
    `${upperFirst(command.description())}.`,
    ...rows(command),
    ...(shape === undefined
      ? []
      : [
          '',
          `With \`--json\`:${shape.note === undefined ? '' : ` ${shape.note}`}`,
          '',
          '```',
          shapeText(shape.schema),
          '```',
        ]),
  ];
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function apiSection(): string[] {
  const endpoints = [...Object.values(ENDPOINTS), ...Object.values(STREAMS)];
  return [
    '',
    '## The API behind it',
    '',
    'The socket speaks HTTP/1.1 with JSON bodies; whoever may open it (mode 0600) may do everything. Answers have the shapes above; an error is `{"problem": {"code", "message", "hint"}}` with a fitting status. `/v1/events/stream` sends server-sent events, `logs` lines of JSON, and `exec` turns the connection into frames (`Upgrade: plimsoll-exec/1`).',
    '',
    '| request | permission |',
    '|---|---|',
    ...endpoints.map(({ method, path, permission }) => `| \`${method} ${path}\` | ${permission} |`),
    '',
    'On the TCP address of `listen.http` there are only `POST /sync` (with `Authorization: Bearer TOKEN`; the body is empty or `{"source": ID}`) and `GET /healthz`.',
  ];
}

export function commandReferencePage(): string {
  const program = createProgram(async () => {}, '');
  const lines = [INTRODUCTION, '## Commands'];
  for (const command of program.commands) {
    if (!command.name().startsWith('__')) lines.push(...section(command, []));
  }
  return `${[...lines, ...apiSection()].join('\n')}\n`;
}
