// A controller in this process, made from its configuration file as the product makes it.

import { systemClock } from '../../src/adapters/clock/system.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/open.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem, type Problem } from '../../src/kernel/errors.ts';
import type { Result } from '../../src/kernel/result.ts';
import { Controller } from '../../src/loop/controller.ts';
import type { ControllerOptions } from '../../src/loop/options.ts';
import { controllerOptions, openSource } from '../../src/runtime/compose.ts';
import { eventually } from '../lab/eventually.ts';

export interface OpenedController {
  readonly options: ControllerOptions;
  close(): Promise<void>;
}

function must<T>(result: Result<T, Problem>): T {
  if (!result.ok) throw new Error(formatProblem(result.error));
  return result.value;
}

/** What a controller is made from. `change` replaces parts of it, such as how hosts are connected. */
export async function openController(
  configPath: string,
  change: (options: ControllerOptions) => ControllerOptions = (options) => options,
): Promise<OpenedController> {
  const config = await loadConfig(configPath, process.env);
  if (!config.ok) throw new Error(config.error.map(formatProblem).join('\n'));
  const { store: place, controllerId, sources } = config.value;
  const store = must(await openSqliteStore({ path: place.path, clock: systemClock, controllerId }));
  const opened = sources.map((source) => openSource(config.value, source));
  return {
    options: change(controllerOptions(config.value, store, opened)),
    close: () => store.close(),
  };
}

export class RunningController {
  readonly controller: Controller;
  readonly #opened: OpenedController;

  private constructor(opened: OpenedController) {
    this.#opened = opened;
    this.controller = new Controller(opened.options);
  }

  static async start(
    configPath: string,
    change?: (options: ControllerOptions) => ControllerOptions,
  ): Promise<RunningController> {
    const running = new RunningController(await openController(configPath, change));
    must(await running.controller.start());
    await running.controller.sync(null);
    await running.converged();
    return running;
  }

  /** Looks at the repository now. */
  sync(): Promise<void> {
    return this.controller.sync(null);
  }

  async converged(deadlineMs = 120_000): Promise<void> {
    const evidence = (): string => `\n${JSON.stringify(this.controller.status(), null, 1)}`;
    await eventually('the fleet has converged', { deadlineMs, intervalMs: 50, evidence }, () => {
      return this.controller.status().phase === 'converged';
    });
  }

  async stop(): Promise<void> {
    await this.controller.stop();
    await this.#opened.close();
  }
}
