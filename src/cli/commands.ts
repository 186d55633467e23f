// All commands, in the groups in which `plimsoll help` shows them.

import { Command } from 'commander';
import { addApply } from './commands/apply.ts';
import { addAudit } from './commands/audit.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addExec } from './commands/exec.ts';
import { addHostCommands } from './commands/host.ts';
import { addInit } from './commands/init.ts';
import { addLogs } from './commands/logs.ts';
import { addPlan } from './commands/plan.ts';
import { addSchema } from './commands/schema.ts';
import { addServe } from './commands/serve.ts';
import { addServiceReadings } from './commands/service.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStatus } from './commands/status.ts';
import { addSteering } from './commands/steer.ts';
import { addSync } from './commands/sync.ts';
import { addValidate } from './commands/validate.ts';
import { addVersion } from './commands/version.ts';
import type { Run } from './context.ts';

const GROUPS: readonly (readonly [string, readonly ((program: Command, run: Run) => void)[]])[] = [
  ['Begin:', [addInit, addHostCommands]],
  ['Work on a directory of manifests:', [addValidate, addPlan, addSimulate, addApply]],
  ['Run a controller:', [addServe]],
  ['See what is there:', [addStatus, addServiceReadings, addEvents, addAudit, addDoctor]],
  ['Look into containers:', [addLogs, addExec]],
  ['Steer:', [addSync, addSteering]],
  ['This program:', [addSchema, addCompletion, addVersion]],
];

/** The program with its commands; nothing runs before it parses arguments. */
export function createProgram(run: Run, version: string): Command {
  const program = new Command('plimsoll')
    .description('Deploys what is committed to plain Docker hosts, and keeps it so.')
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .showSuggestionAfterError();
  for (const [heading, adders] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of adders) add(program, run);
  }
  return program;
}
