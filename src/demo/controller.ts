// The controller of the demo: the real program in a process of its own, with a configuration that runs the
// example's three hosts on the one engine that is here.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerClient, unixConnect } from '../api/client.ts';
import { childEnvironment, failed } from './command.ts';
import { LOCAL_REPOSITORY } from './images/import-image.ts';
import { EXAMPLE_REPOSITORY, VERSIONS } from './images/shop-images.ts';
import { type Places, PROJECT } from './places.ts';
import { endProcess, isAlive, isCalledWith, readPid } from './process-file.ts';

/** Marks all that the demo's controller makes, on whichever engine and from whichever checkout. */
export const CONTROLLER_ID = 'demo';

const HOSTS = ['ber-1', 'fra-1', 'fra-2'];
const START_MS = 30_000;
const STOP_MS = 30_000;
const LOOK_AGAIN_MS = 50;
const LOG_TAIL = 3_000;

function configuration(places: Places, engineSocket: string, balancerImage: string): string {
  const quoted = JSON.stringify;
  const address = quoted(`unix://${engineSocket}`);
  const hosts = HOSTS.map((name) => `    ${name}: { as: local, address: ${address} }`);
  const images = Object.keys(VERSIONS).map(
    (name) => `    ${EXAMPLE_REPOSITORY}/${name}: ${LOCAL_REPOSITORY}/${name}`,
  );
  return `# Written by the demo. Of a real configuration it differs in \`overrides\`: the manifests name three
# servers and the images of a company; here one engine stands in for the servers, and images that were made
# on it stand in for those of the company.
controller: { id: ${CONTROLLER_ID} }
sources:
  - id: fleet
    url: ${quoted(places.repository)}
    branch: main
    fleet: true
    poll: 2s
dataDir: ${quoted(places.data)}
listen: { socket: ${quoted(places.controllerSocket)} }
loadBalancer: { image: ${quoted(balancerImage)} }
overrides:
  hosts:
${hosts.join('\n')}
  images:
${images.join('\n')}
limits:
  # Stopped containers go at once; a real controller keeps them for their logs.
  housekeeping: { keepStopped: 0s }
`;
}

export interface DemoController {
  readonly client: ControllerClient;
  stop(): Promise<void>;
}

const logTail = (file: string): string =>
  existsSync(file) ? readFileSync(file, 'utf8').slice(-LOG_TAIL) : '';

/** In a session of its own, so that Ctrl-C reaches the demo alone, which then ends it in order. */
function launch(places: Places): number {
  const log = openSync(places.controllerLog, 'w');
  const program = path.join(PROJECT, 'src/main.ts');
  const child = spawn(process.execPath, [program, 'serve', '--config', places.config], {
    cwd: places.directory,
    env: childEnvironment(),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.on('error', () => {}); // seen below, as a child without a process id
  child.unref();
  if (child.pid === undefined) throw failed('the controller could not be started');
  writeFileSync(places.controllerPid, String(child.pid));
  return child.pid;
}

/** Ends the controller that a killed demo left behind. */
export async function endLeftController(places: Places): Promise<void> {
  const pid = readPid(places.controllerPid);
  if (pid !== null && isAlive(pid) && isCalledWith(pid, places.config)) await endProcess(pid, STOP_MS);
  rmSync(places.controllerPid, { force: true });
}

export async function startController(
  places: Places,
  engineSocket: string,
  balancerImage: string,
): Promise<DemoController> {
  writeFileSync(places.config, configuration(places, engineSocket, balancerImage));
  const pid = launch(places);
  const client = new ControllerClient(unixConnect(places.controllerSocket));
  const giveUpAt = performance.now() + START_MS;
  for (;;) {
    const answers = await client.ask('version').then(
      () => true,
      () => false,
    );
    if (answers) break;
    if (!isAlive(pid) || performance.now() > giveUpAt) {
      await endLeftController(places);
      throw failed(`the controller does not start:\n${logTail(places.controllerLog).trim()}`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
  return { client, stop: () => endLeftController(places) };
}
