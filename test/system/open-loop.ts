// A client in a process of its own, so that it can run in the network of a container: asks so many times a second
// whatever becomes of the answers, and prints what became of them as JSON once a file is there, or when it has asked so often.
//
//   node open-loop.ts URL REQUESTS_PER_SECOND FILE [REQUESTS]

import { existsSync } from 'node:fs';
import { Agent, get } from 'node:http';

const [url = '', perSecond = '100', file = '', most = 'Infinity'] = process.argv.slice(2);
const TIMEOUT_MS = 5_000;
const TICK_MS = 10;
/** Nobody can send that again: a part of the answer is there. */
const CUT = 'cut in the middle of its answer';

const agent = new Agent({ keepAlive: true });
const answers: Record<string, number> = {};
const failures: Record<string, number> = {};
/** When the first request with this answer was sent, and when the last one was; since 1970. */
const sentAt: Record<string, { readonly firstAt: number; readonly lastAt: number }> = {};
let asked = 0;
let open = 0;
let slowestMs = 0;
/** When the first request was sent that failed, and when the last one was. */
let failing: { readonly fromMs: number; readonly toMs: number } | null = null;
let isOver = false;

const count = (tally: Record<string, number>, what: string): void => {
  tally[what] = (tally[what] ?? 0) + 1;
};

function ask(): void {
  asked += 1;
  open += 1;
  const startedAt = performance.now();
  const at = Date.now();
  const settle = (tally: Record<string, number>, what: string): void => {
    open -= 1;
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    count(tally, what);
    const { firstAt, lastAt } = sentAt[what] ?? { firstAt: at, lastAt: at };
    sentAt[what] = { firstAt: Math.min(firstAt, at), lastAt: Math.max(lastAt, at) };
    if (isOver && open === 0) report();
  };
  const fail = (what: string): void => {
    const { fromMs, toMs } = failing ?? { fromMs: startedAt, toMs: startedAt };
    failing = { fromMs: Math.min(fromMs, startedAt), toMs: Math.max(toMs, startedAt) };
    settle(failures, what);
  };
  let isAnswering = false;
  const sent = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
    isAnswering = true;
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('error', () => {});
    response.on('close', () => {
      if (!response.complete) fail(CUT);
      else if (response.statusCode === 200) settle(answers, text.trim());
      else fail(`status ${response.statusCode}`);
    });
  });
  sent.on('timeout', () => sent.destroy(new Error(`silent for ${TIMEOUT_MS} ms`)));
  // Afterwards the response tells.
  sent.on('error', (error) => {
    if (!isAnswering)
      fail(
        `${error.message}, ${sent.reusedSocket ? 'as a later' : 'as the first'} request of its connection`,
      );
  });
}

function report(): void {
  const outageMs = failing === null ? 0 : Math.ceil(failing.toMs - failing.fromMs);
  const tally = { answers, failures, sentAt, slowestMs: Math.round(slowestMs), outageMs };
  process.stdout.write(`${JSON.stringify(tally)}\n`);
  process.exit(0);
}

let due = 0;
let last = performance.now();
const ticking = setInterval(() => {
  const now = performance.now();
  due += ((now - last) * Number(perSecond)) / 1_000;
  last = now;
  for (; due >= 1 && asked < Number(most); due -= 1) ask();
  if (asked < Number(most) && !existsSync(file)) return;
  clearInterval(ticking);
  isOver = true;
  if (open === 0) report();
}, TICK_MS);
