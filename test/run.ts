// `npm test`: everything that can be tested on this machine, with what it needs installed first, and
// an honest account at the end. With CI=true nothing may be skipped.

import path from 'node:path';
import { installPrerequisites } from './lab/prerequisites.ts';
import { addUp, closingWords, isSuccess, type Outcome } from './runner/outcome.ts';
import { runSimulator } from './runner/simulator-phase.ts';
import { runStaticChecks } from './runner/static-checks.ts';
import { heading, seconds } from './runner/terminal.ts';
import { runProject, skipProject } from './runner/vitest-project.ts';

interface Phase {
  readonly name: string;
  run(): Promise<Outcome>;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const inCi = process.env['CI'] === 'true';
const interruption = endOnSignal();

/** Why the lab cannot run on this machine; undefined if it can. Known once the first phase is through. */
let labRefusal: string | undefined;

const PHASES: readonly Phase[] = [
  {
    name: 'Prerequisites of the lab',
    async run() {
      labRefusal = await installPrerequisites();
      console.log(labRefusal === undefined ? '  all there' : `  ${labRefusal}`);
      const failed = inCi && labRefusal !== undefined ? [`prerequisites: ${labRefusal}`] : [];
      return { passed: 0, failed, skipped: [] };
    },
  },
  { name: 'Static checks', run: runStaticChecks },
  {
    name: 'Unit tests',
    run: () => runProject({ root: ROOT, project: 'unit', linePerTest: false, interruption }),
  },
  { name: 'Simulator: worlds by seeds of the commit', run: runSimulator },
  { name: 'Lab: real engines, sshd and Git servers', run: () => runLab('lab') },
  { name: 'Lab, with nothing beside it', run: () => runLab('lab-alone') },
];

function runLab(project: 'lab' | 'lab-alone'): Promise<Outcome> {
  const lab = { root: ROOT, project, linePerTest: true, interruption };
  return labRefusal === undefined ? runProject(lab) : skipProject(lab, labRefusal);
}

/** The first signal lets what runs end in order, so that the lab is cleared away; a second one ends all. */
function endOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(1);
      console.log(`\n${signal}: ending what runs; once more ends at once`);
      controller.abort();
    });
  }
  return controller.signal;
}

/** A phase that breaks is a failure of its own, and the others still run. */
async function runPhase(phase: Phase): Promise<Outcome> {
  if (interruption.aborted) return { passed: 0, failed: [`${phase.name}: interrupted`], skipped: [] };
  console.log(heading(phase.name));
  const startedAt = performance.now();
  try {
    return await phase.run();
  } catch (error) {
    console.log(error);
    return { passed: 0, failed: [`${phase.name}: broke off`], skipped: [] };
  } finally {
    console.log(`  ${seconds(performance.now() - startedAt)}`);
  }
}

const outcomes: Outcome[] = [];
for (const phase of PHASES) outcomes.push(await runPhase(phase));
const outcome = addUp(outcomes);
console.log(closingWords(outcome, inCi));
// A handle that a test left open must not keep the command from ending.
process.exit(isSuccess(outcome, inCi) ? 0 : 1);
