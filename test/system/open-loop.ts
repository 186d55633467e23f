// A client in a process of its own, so that it can run in the network of a container: asks so many times a second
// whatever becomes of the answers, and prints what became of them as JSON once a file is there.
//
//   node open-loop.ts URL REQUESTS_PER_SECOND FILE

import { existsSync } from 'node:fs';
import { Agent, get } from 'node:http';

const [url = '', perSecond = '100', file = ''] = process.argv.slice(2);
const TIMEOUT_MS = 5_000;
const TICK_MS = 10;

const agent = new Agent({ keepAlive: true });
const answers: Record<string, number> = {};
const failures: Record<string, number> = {};
let open = 0;
let slowestMs = 0;
let isOver = false;

const count = (tally: Record<string, number>, what: string): void => {
  tally[what] = (tally[what] ?? 0) + 1;
};

function ask(): void {
  open += 1;
  const startedAt = performance.now();
  const settle = (tally: Record<string, number>, what: string): void => {
    open -= 1;
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    count(tally, what);
    if (isOver && open === 0) report();
  };
  const sent = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => {
      if (response.statusCode === 200) settle(answers, text.trim());
      else settle(failures, `status ${response.statusCode}`);
    });
  });
  sent.on('timeout', () => sent.destroy(new Error(`silent for ${TIMEOUT_MS} ms`)));
  sent.on('error', (error) => settle(failures, error.message));
}

function report(): void {
  process.stdout.write(`${JSON.stringify({ answers, failures, slowestMs: Math.round(slowestMs) })}\n`);
  process.exit(0);
}

let due = 0;
let last = performance.now();
const ticking = setInterval(() => {
  const now = performance.now();
  due += ((now - last) * Number(perSecond)) / 1_000;
  last = now;
  for (; due >= 1; due -= 1) ask();
  if (!existsSync(file)) return;
  clearInterval(ticking);
  isOver = true;
  if (open === 0) report();
}, TICK_MS);
