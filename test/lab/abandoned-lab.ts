// A program that starts a lab and never stops it, for leftovers.lab.test.ts to kill.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './containers.ts';
import { startLab } from './lab.ts';
import { MARK } from './processes.ts';

const lab = await startLab({ hosts: [{ diskMiB: 64 }] });
const host = lab.host('h1');
await run(host, (await lab.images.web('1.0')).ref, { port: 8080 });
// The kernel ends the lab's own processes along with this one. This one it does not: the next start has to.
const stray = spawn('sleep', ['3600'], {
  detached: true,
  stdio: 'ignore',
  env: { ...process.env, [MARK]: lab.id },
});
const markerPath = join(lab.directory, 'abandoned');
writeFileSync(markerPath, '');
console.log(JSON.stringify({ labId: lab.id, markerPath, address: host.address, strayPid: stray.pid }));
setInterval(() => {}, 1000);
