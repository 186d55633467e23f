// The composition root: gives the command line its runtime, its streams and the wish to end.

import { runCli } from './cli/run.ts';
import { createRuntime } from './runtime/runtime.ts';
import { VERSION } from './runtime/version.ts';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for a clean end.
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  });
}
// A reader that has seen enough (`plimsoll events | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli({
  args: process.argv.slice(2),
  runtime: createRuntime(process.env),
  version: VERSION,
  streams: process,
  env: process.env,
  signal: ending.signal,
});
