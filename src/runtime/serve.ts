// A controller in this process with its API: what `serve`, `apply` and `dev` run.

import { systemClock } from '../adapters/clock/system.ts';
import { watchDirectory } from '../adapters/git/watch.ts';
import { openSqliteStore } from '../adapters/sqlite/open.ts';
import { type RunningApi, startApi } from '../api/server.ts';
import type { RunningController } from '../cli/runtime.ts';
import type { Config } from '../config/config.ts';
import { formatProblem, type Problem, problem, toProblem } from '../kernel/errors.ts';
import { ok, type Result } from '../kernel/result.ts';
import type { Controller } from '../loop/controller.ts';
import type { SourceOptions } from '../loop/source-watcher.ts';
import type { Store } from '../ports/store.ts';
import { composeController, hostAsker, openSource } from './compose.ts';
import { directorySource } from './directory.ts';
import { VERSION } from './version.ts';

interface Running {
  readonly controller: Controller;
  readonly running: RunningController;
}

/** Resolves when the controller gives up by itself. */
function endOf(controller: Controller): Promise<Problem> {
  return new Promise((resolve) => {
    controller.events.subscribe((event) => {
      if (event.kind === 'lease/lost') resolve(problem('store/lease', event.message));
    });
  });
}

async function begin(
  config: Config,
  store: Store,
  sources: readonly SourceOptions[],
): Promise<Result<Running, Problem>> {
  const controller = composeController(config, store, sources);
  const ended = endOf(controller);
  const started = await controller.start();
  if (!started.ok) return started;
  const api = await startApi({
    controller,
    controllerId: config.controllerId,
    version: VERSION,
    sources: config.sources.map(({ id, url }) => ({ id, url })),
    listen: config.listen,
    askHost: hostAsker(config),
  });
  if (!api.ok) {
    await controller.stop();
    return api;
  }
  return ok({ controller, running: runningController(config, controller, api.value, store, ended) });
}

function runningController(
  config: Config,
  controller: Controller,
  api: RunningApi,
  store: Store,
  ended: Promise<Problem>,
): RunningController {
  return {
    socketPath: config.listen.socketPath,
    ended,
    async stop() {
      await api.close();
      await controller.stop();
      await store.close();
    },
  };
}

async function run(config: Config, sources: readonly SourceOptions[]): Promise<Result<Running, Problem>> {
  const { path, auditKeep } = config.store;
  const store = await openSqliteStore({
    path,
    clock: systemClock,
    controllerId: config.controllerId,
    auditKeep,
  });
  if (!store.ok) return store;
  const running = await begin(config, store.value, sources);
  if (!running.ok) await store.value.close();
  return running;
}

/** `serve`: the controller of the configuration. */
export async function serve(config: Config): Promise<Result<RunningController, Problem>> {
  const running = await run(
    config,
    config.sources.map((source) => openSource(config, source)),
  );
  return running.ok ? ok(running.value.running) : running;
}

/** `apply` and `dev`: a controller whose only source is a directory. */
export async function serveDirectory(
  directory: string,
  config: Config,
  { watch }: { readonly watch: boolean },
): Promise<Result<RunningController, Problem>> {
  const begun = await run(config, [directorySource(directory, config)]);
  if (!begun.ok) return begun;
  const { controller, running } = begun.value;
  if (!watch) return ok(running);
  const watching = await watchDirectory(
    directory,
    () => void controller.sync(null),
    (error) =>
      controller.events.emit({
        kind: 'directory/unwatched',
        level: 'error',
        message: formatProblem(toProblem(error)),
      }),
  );
  return ok({
    ...running,
    async stop() {
      await watching.close();
      await running.stop();
    },
  });
}
