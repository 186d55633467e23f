// How src/docs/discovery.md is put to the test: its example runs on two hosts.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { piecesOf } from './pieces.ts';
import { type Reader, ROOT } from './reader.ts';
import { inTheLab, type Step } from './step.ts';

/** What the page has as `manifests/shop.yaml`. */
function copyTheExample(reader: Reader): void {
  const page = readFileSync(join(ROOT, 'src/docs/discovery.md'), 'utf8');
  const example = piecesOf(page).find((piece) => piece.kind === 'yaml');
  if (example === undefined) throw new Error('the page has no example any more');
  writeFileSync(join(reader.fleet, 'manifests/shop.yaml'), inTheLab(example.text, reader));
}

/** There is no name server in the lab by which containers could find `host-1.example.com`. */
function nameMeshAddresses({ lab, fleet }: Reader): void {
  for (const number of [1, 2]) {
    const path = join(fleet, `manifests/hosts/host-${number}.yaml`);
    const address = `  meshAddress: ${lab.host(`h${number}`).address}\n`;
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/^spec:\n/m, (line) => line + address),
    );
  }
}

function prepare(reader: Reader): void {
  copyTheExample(reader);
  nameMeshAddresses(reader);
}

export const DISCOVERY: readonly Step[] = [
  {
    command: 'git add manifests && git commit -m "Services that connect"',
    before: prepare,
    shows: ['Services that connect'],
  },
  { command: 'plimsoll sync --wait', shows: ['converged: 3 services'] },
  { command: 'plimsoll exec web -- wget -qO- http://api/', shows: [/^1\.27-alpine$/m] },
  { command: "plimsoll exec web -- sh -c 'echo $API_HOST $API_PORT'" },
  { command: 'plimsoll why api', shows: ['default/api is ready'] },
  { command: 'plimsoll hosts', shows: [/^host-1 /m] },
  { command: 'plimsoll doctor', shows: ['the load balancer serves by the newest rules'] },
  {
    command: 'docker ps --filter name=plimsoll.',
    host: 'h1',
    shows: [/ plimsoll\.anchor\.\w+$/m, / plimsoll\.proxy\.\w+$/m],
  },
  { command: 'docker logs $(docker ps -q --filter name=plimsoll.proxy)', host: 'h1', shows: [/\bNOTICE\b/] },
  {
    command:
      "docker exec $(docker ps -q --filter name=plimsoll.proxy) bash -c 'exec 3<>/dev/tcp/127.0.0.1/9999; echo show stat >&3; cat <&3' | cut -d, -f1,2,5,8,18",
    host: 'h1',
    shows: [/^# pxname,svname,scur,stot,status$/m, /default.*api.*,default\.api\.\S+,\d+,\d+,UP$/m],
  },
];
