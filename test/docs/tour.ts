// How the manual is put to the test: for every command whether and how it is run. A command that is not here, or
// that is here and no longer in the manual, fails a test.

import { expect } from 'vitest';
import { eventually } from '../lab/eventually.ts';
import { DISCOVERY } from './discovery-tour.ts';
import { type Printed, type Reader, ROOT, type RunningCommand } from './reader.ts';
import { ROLLOUTS } from './rollouts-tour.ts';
import { inTheLab, type Step } from './step.ts';

const DEMO = 'test/demo/demo.lab.test.ts runs the demo';
const NO_SYSTEMD =
  'there is no systemd in the lab: the command of the unit is started and ended in its place';
const SOON = { deadlineMs: 15_000, intervalMs: 100 };

async function converged(reader: Reader): Promise<void> {
  const printed = await reader.type({ line: 'plimsoll sync --wait' });
  expect(printed.code, printed.text).toBe(0);
}

/** In a terminal of its own; what it says once it listens. */
export async function startController(reader: Reader, line: string): Promise<string> {
  reader.controller = await reader.start(line);
  await reader.controller.shows(/^controller main listens on /m);
  return reader.controller.text;
}

async function endController(reader: Reader): Promise<void> {
  const ended = await reader.controller?.interrupt();
  reader.controller = null;
  expect(ended?.code, ended?.text).toBe(0);
}

/** Besides, the registry of the lab speaks no TLS, and has the image of the load balancer. */
function nameTheKey(reader: Reader): void {
  reader.edit('plimsoll.yaml', (text) => text.replaceAll(/^# (ssh:| {2}keys:| {4}default:)/gm, '$1'));
  const image = inTheLab('docker.io/library/haproxy:2.6', reader);
  const more = `insecurePrivateRegistries: true\nloadBalancer: { image: "${image}" }\n`;
  reader.edit('plimsoll.yaml', (text) => `${text}${more}`);
}

async function addSecondHost(reader: Reader): Promise<void> {
  const line = 'plimsoll host add ssh://root@host-2.example.com --label role=app';
  const printed = await reader.type({ line, answer: 'y' });
  expect(printed.code, printed.text).toBe(0);
}

async function removeContainerByHand({ lab }: Reader): Promise<void> {
  const { docker } = lab.host('h1');
  const [before] = await docker.listContainers();
  if (before === undefined) throw new Error('nothing runs on h1');
  await docker.getContainer(before.Id).remove({ force: true });
  await eventually('the container is back', SOON, async () => {
    const after = await docker.listContainers();
    return after.length === 1 && after[0]?.Id !== before.Id;
  });
}

async function saveWithThreeReplicas(reader: Reader, running: RunningCommand): Promise<void> {
  await running.shows(/default\/hello: ready, 2 of 2 ready/);
  reader.edit('manifests/hello.yaml', (text) => text.replace('replicas: 2', 'replicas: 3'));
  await running.shows(/default\/hello: ready, 3 of 3 ready/);
}

/** What the host has is what `host add` has pinned. */
async function isPinned(reader: Reader, { text }: Printed): Promise<void> {
  const line = "sed -n 's/ *hostKey: //p' manifests/hosts/host-1.yaml | ssh-keygen -lf -";
  const pinned = /SHA256:\S+/.exec((await reader.type({ line })).text)?.[0] ?? 'no key is pinned';
  expect(text).toContain(pinned);
}

const README: readonly Step[] = [
  { command: 'npm run demo', notRunBecause: DEMO },
  { command: 'npm test', notRunBecause: 'it is what runs this test' },
  { command: 'npm run demo -- --once', notRunBecause: DEMO },
  {
    command: 'npm link',
    notRunBecause:
      'it writes into the folder of npm on this machine; the reader has the symbolic link instead',
  },
  { command: 'npx plimsoll', directory: ROOT, exits: 1, shows: ['Usage: plimsoll [options] [command]'] },
  {
    command: 'plimsoll init',
    shows: ['wrote plimsoll.yaml', 'wrote manifests/hello.yaml', 'There is no Docker engine on this machine'],
    after: (reader) => reader.edit('manifests/hello.yaml', (text) => inTheLab(text, reader)),
  },
  {
    command: 'plimsoll host add ssh://deploy@host-1.example.com --label role=app',
    before: nameTheKey,
    answer: 'y',
    shows: [
      /^host-1\.example\.com shows the ssh-ed25519 key SHA256:/m,
      ...['engine', 'permission', 'clock', 'disk'].map((check) => new RegExp(`✔ ${check} `)),
      'wrote manifests/hosts/host-1.yaml',
    ],
    after: addSecondHost,
  },
  { command: 'plimsoll validate manifests', shows: ['valid: 1 service, 2 hosts, 1 namespace, 0 configs'] },
  { command: 'plimsoll plan manifests', exits: 2 },
  { command: 'plimsoll simulate manifests', shows: [/^assumed, not measured: 20s for a pull, 5s /m] },
  { command: 'git init -b main && git add -A && git commit -m "First fleet"', shows: ['First fleet'] },
  { command: 'plimsoll serve --config plimsoll.yaml', stays: true },
  {
    command: 'plimsoll events --follow',
    meanwhile: (_, running) => running.shows(/rollout\/succeeded +default\/hello/),
  },
  {
    command: 'plimsoll why hello',
    shows: ['default/hello is ready', /^commit .*First fleet/m, /^probe .* answers$/m],
  },
  { command: 'plimsoll status', before: converged },
  {
    command: 'plimsoll simulate manifests --running --fail-health hello',
    before: (reader) => {
      const image = inTheLab('docker.io/library/hello-world:latest', reader);
      reader.edit('manifests/hello.yaml', (text) => text.replace(/image: .*/, `image: ${image}`));
    },
    exits: 3,
    shows: [
      /^default\/hello +changed +.* 2 of 2 +3 +held, 2 of 2$/m,
      'it rolls back:',
      // The hosts are those of the lab: their engines have told their memory.
      /^host-1 +\d+ MiB of [\d.]+ GiB +\d at /m,
    ],
  },
  {
    command: 'git commit -am "An image that exits at once"',
    shows: ['An image that exits at once'],
  },
  {
    command: 'plimsoll sync --wait',
    exits: 1,
    shows: ['not as the newest commit says', '3 failures in a row', /default\/hello: held, 2 of 2 ready/],
  },
  { command: 'plimsoll why hello', shows: ['default/hello is held', /^quarantine .* 3 failures in a row/m] },
  { command: 'git revert --no-edit HEAD', shows: ['Revert "An image that exits at once"'] },
  { command: 'plimsoll sync --wait', shows: ['converged: 1 service'], after: removeContainerByHand },
  { command: 'git commit --amend -m "Another past"', shows: ['Another past'] },
  { command: 'plimsoll sync', exits: 1, shows: ['is held: it does not descend from'] },
  {
    command: 'plimsoll approve',
    answer: 'y',
    shows: ['is held: it does not descend from', 'let it through?', 'approved: 1 commit'],
    after: converged,
  },
  { command: 'plimsoll apply manifests', before: endController, shows: ['converged: 1 service'] },
  {
    command: 'plimsoll dev manifests',
    meanwhile: saveWithThreeReplicas,
    after: async (reader) => void (await reader.type({ line: 'git checkout manifests' })),
  },
  { command: 'plimsoll schema', shows: ['"$schema"', '"Service"'] },
];

const OPERATIONS: readonly Step[] = [
  { command: 'plimsoll serve', notRunBecause: 'the unit and the tour run it with its configuration' },
  {
    command: '/usr/local/bin/plimsoll serve --config /etc/plimsoll/plimsoll.yaml',
    stays: true,
    after: converged,
  },
  { command: 'systemctl enable --now plimsoll', notRunBecause: NO_SYSTEMD },
  { command: 'plimsoll host add', notRunBecause: 'the tour runs it, with the address that it needs' },
  { command: 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub', shows: [/SHA256:/], after: isPinned },
  { command: 'plimsoll doctor', shows: [/^host-1 /m, /^host-2 /m, /! liveRestore /] },
  { command: 'plimsoll hosts', shows: [/^host-1 /m] },
  { command: 'systemctl stop plimsoll', notRunBecause: NO_SYSTEMD },
  {
    command: 'tar -czf ~/controller.tar.gz /var/lib/plimsoll /etc/plimsoll',
    before: endController,
    after: async (reader) => {
      const { text } = await reader.type({ line: 'tar -tzf ~/controller.tar.gz' });
      expect(text).toMatch(/^var\/lib\/plimsoll\/store\.db$/m);
      expect(text).toMatch(/\/plimsoll\.yaml$/m);
    },
  },
  { command: 'systemctl start plimsoll', notRunBecause: NO_SYSTEMD },
  { command: 'systemctl stop plimsoll', notRunBecause: NO_SYSTEMD },
  { command: 'mv /var/lib/plimsoll /var/lib/plimsoll.lost' },
  { command: 'systemctl start plimsoll', notRunBecause: NO_SYSTEMD },
  {
    command: 'plimsoll plan',
    exits: 2,
    before: async (reader) => {
      reader.edit('manifests/hello.yaml', (text) => text.replace('replicas: 2', 'replicas: 3'));
      await reader.type({ line: 'git commit -am "A third replica"' });
      await startController(reader, 'plimsoll serve --config plimsoll.yaml');
      await eventually('the loss is noticed', SOON, async () => {
        return (await reader.type({ line: 'plimsoll status' })).text.includes('state: reportOnly');
      });
    },
    shows: [/^\+ run default\.hello\..* on host-\d/m],
  },
  {
    command: 'plimsoll approve',
    answer: 'y',
    shows: ['the store was lost', 'approved: the controller acts on its rebuilt store'],
    after: converged,
  },
  {
    command: 'plimsoll status',
    shows: [/^source main: commit [0-9a-f]{12} is in force {2}A third replica/m, /^default\/hello +3\/3 /m],
  },
  { command: 'plimsoll rollout retry SERVICE', shows: ['default/hello: retry is accepted'] },
  { command: 'plimsoll status --check', shows: ['all is well'] },
  { command: 'plimsoll why SERVICE', shows: ['default/hello is ready'] },
];

const IN_A_CLONE = 'it is typed in a clone, and tests of its own play worlds';
const OTHER_FLEET = 'test/cli/simulate.test.ts and test/sim/dry-run run it, on fleets of their own';

const NAMED_ONLY = 'the sentence names it; how it is typed stands below';

const SIMULATION: readonly Step[] = [
  { command: 'plimsoll simulate', notRunBecause: NAMED_ONLY },
  { command: 'npm run sim', notRunBecause: NAMED_ONLY },
  { command: 'plimsoll simulate manifests', shows: [/^after \S+ of virtual time it converges: /m] },
  { command: 'plimsoll simulate manifests --commit next', notRunBecause: OTHER_FLEET },
  { command: 'plimsoll simulate manifests --running', shows: ['nothing would be done'] },
  { command: 'plimsoll why', notRunBecause: NAMED_ONLY },
  { command: 'plimsoll simulate manifests --running --lose fra-1', notRunBecause: OTHER_FLEET },
  { command: 'plimsoll simulate manifests --running --lose fra-1@20s', notRunBecause: OTHER_FLEET },
  { command: 'plimsoll simulate manifests --running --fail-health api', notRunBecause: OTHER_FLEET },
  { command: 'npm run sim -- --seeds 1000', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --seeds 1000 --from 5001', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --jobs 4', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --faults cut,crash', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --scenario all', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --scenario all --pairs', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --scenario all --product', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --help', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --replay 161', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --scenario surge --crash 17:before', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim -- --write-diaries', notRunBecause: IN_A_CLONE },
  { command: 'npm run sim:mutants', notRunBecause: NAMED_ONLY },
];

export const PAGES: readonly { readonly path: string; readonly steps: readonly Step[] }[] = [
  { path: 'README.md', steps: README },
  { path: 'src/docs/operations.md', steps: OPERATIONS },
  { path: 'src/docs/simulation.md', steps: SIMULATION },
  { path: 'src/docs/discovery.md', steps: DISCOVERY },
  { path: 'src/docs/rollouts.md', steps: ROLLOUTS },
];
