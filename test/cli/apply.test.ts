// `plimsoll apply` after its store was lost: containers run that it made and does not know. It does nothing
// to them before somebody has agreed, and can be told so.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ControllerId, NamespaceName, RevisionId, ServiceName } from '../../src/kernel/ids.ts';
import { containerLabels, containerName } from '../../src/kernel/owner.ts';
import { startEmptyEngine } from '../api/empty-engine.ts';
import { type Outcome, type RunOptions, run } from './command-line.ts';
import { Scratch } from './scratch.ts';

const INSTANCE = {
  namespace: NamespaceName.parse('default'),
  service: ServiceName.parse('old'),
  revision: RevisionId.parse('0123456789ab'),
  ordinal: 0,
  attempt: 0,
};
const CONTAINER = {
  id: 'c'.repeat(64),
  name: containerName(INSTANCE),
  labels: containerLabels(ControllerId.parse('main'), INSTANCE),
};
const HELD = '1 containers of this controller on h1 are not in its store';

let scratch: Scratch;
let engine: Awaited<ReturnType<typeof startEmptyEngine>>;
beforeEach(async () => {
  scratch = new Scratch();
  const socket = join(scratch.path, 'engine.sock');
  engine = await startEmptyEngine(socket, [CONTAINER]);
  scratch.write({
    'manifests/h1.yaml': `apiVersion: plimsoll.dev/v1
kind: Host
metadata: { name: h1 }
spec: { address: "unix://${socket}" }
`,
    'plimsoll.yaml': `controller: { id: main }
dataDir: ./data
listen: { socket: ./run/api.sock }
sources: [{ id: main, url: ./nowhere, fleet: true }]
`,
  });
});
afterEach(() => {
  engine.stop();
  scratch[Symbol.dispose]();
});

const call = (line: string, options: RunOptions = {}): Promise<Outcome> => {
  const [command = '', ...rest] = line.split(' ');
  const config = ['--config', join(scratch.path, 'plimsoll.yaml')];
  const args = [command, join(scratch.path, 'manifests'), ...config, ...rest];
  return run(args, { env: { NO_COLOR: '1' }, ...options });
};

it('the plan says so beforehand', async () => {
  const { stderr } = await call('plan');
  expect(
    stderr,
  ).toBe(`warning: 1 running containers carry the labels of controller main and are not in its store (store/damaged)
  → If this plan is right, \`plimsoll apply\` asks and does it (in a script: \`apply --approve\`).
`);
  expect(existsSync(join(scratch.path, 'data'))).toBe(false);
});

it('a script has to say that it is meant; the plan goes on saying so', async () => {
  const { code, stderr } = await call('apply');
  expect(code).toBe(1);
  expect(stderr).toContain(HELD);
  expect(stderr).toContain('say `plimsoll apply --approve`');
  expect(engine.present.size).toBe(1);
  expect((await call('plan')).stderr).toContain(HELD);
}, 15_000);

it('--approve says it', async () => {
  const { stderr } = await call('apply --approve --timeout 5s');
  expect(stderr).toContain(HELD);
  expect(engine.present.size).toBe(0);
  expect((await call('plan')).stderr).toBe('');
}, 15_000);

it.each([
  ['n\n', 1],
  ['y\n', 0],
])(
  'a person at a terminal sees the plan and is asked: %j',
  async (input, left) => {
    const { stdout } = await call('apply --timeout 5s', { input, isTTY: true });
    expect(stdout).toContain('stop default.old.0123456789ab.0.0 on h1');
    expect(engine.present.size).toBe(left);
  },
  15_000,
);
