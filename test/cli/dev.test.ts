// `plimsoll dev`: a save is seen and told, a mistake leaves what is in force.

import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { runCli } from '../../src/cli/run.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { startEmptyEngine } from '../api/empty-engine.ts';
import { service } from '../api/harness.ts';
import { eventually } from '../lab/eventually.ts';
import { Screen } from './command-line.ts';
import { Scratch } from './scratch.ts';

it('follows a directory until it is told to end', async () => {
  using scratch = new Scratch();
  const socket = join(scratch.path, 'engine.sock');
  const engine = await startEmptyEngine(socket);
  scratch.write({
    'manifests/h1.yaml': `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: h1 }
spec: { address: "unix://${socket}" }
`,
    'plimsoll.yaml': `controller: { id: dev }
dataDir: ./data
listen: { socket: ./run/api.sock }
sources: [{ id: main, url: ./nowhere, fleet: true }]
`,
  });
  const over = new AbortController();
  const stdout = new Screen();
  const stderr = new Screen();
  const ended = runCli({
    args: ['dev', join(scratch.path, 'manifests'), '--config', join(scratch.path, 'plimsoll.yaml')],
    runtime: createRuntime({}),
    version: '1',
    streams: { stdin: Object.assign(Readable.from([]), { isTTY: false }), stdout, stderr },
    env: {},
    signal: over.signal,
  });
  const patience = { deadlineMs: 8_000, evidence: () => `\n${stdout.text}\n${stderr.text}` };
  await eventually('the directory is in force', patience, () =>
    /main: commit \w+ is in force/.test(stdout.text),
  );
  scratch.write({ 'manifests/web.yaml': service('web') });
  await eventually('the save is seen', patience, () => stdout.text.includes('default/web: waiting'));
  scratch.write({ 'manifests/web.yaml': 'kind: Servce\n' });
  await eventually('the mistake is told', patience, () =>
    /is not accepted.*\n?.*web\.yaml:1:1/.test(stdout.text),
  );
  over.abort();
  expect(await ended).toBe(0);
  engine.stop();
});
