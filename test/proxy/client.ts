// A consumer: asks a door from an address in its own network, and counts what it gets.

import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
  readonly tookMs: number;
}

export interface Question {
  readonly to: string;
  readonly port: number;
  readonly from: string;
  /** Left out: a connection of its own. */
  readonly agent?: Agent;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Rejects where no answer comes: refused, reset, or silent for 5 s. */
export function ask(question: Question): Promise<Answer> {
  const { to, port, from, agent, method = 'GET', path = '/', headers = {}, body } = question;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: to, port, localAddress: from, method, path, headers, timeout: 5_000, agent: agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text,
            headers: response.headers,
            tookMs: performance.now() - startedAt,
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('silent for 5 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface Tally {
  /** Answers by their text. */
  readonly answers: ReadonlyMap<string, number>;
  /** What was no answer of a replica: another status, a reset, silence. */
  readonly failures: readonly string[];
}

/** Asks `count` times, or until `isOver`, over so many `connections` at once: kept open, or each for one request. */
export async function askMany(
  question: Omit<Question, 'agent'>,
  {
    count,
    connections,
    keepAlive = true,
    isOver = () => false,
  }: { count: number; connections: number; keepAlive?: boolean; isOver?: () => boolean },
): Promise<Tally> {
  const agent = new Agent({ keepAlive, maxSockets: connections });
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let asked = 0;
  const work = async (): Promise<void> => {
    while (asked < count && !isOver()) {
      asked += 1;
      try {
        const { status, text } = await ask({ ...question, agent });
        if (status === 200) answers.set(text, (answers.get(text) ?? 0) + 1);
        else failures.push(`status ${status}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
  return { answers, failures };
}

/** Says a line and gives the first one that comes back; null where the connection ends without. */
export function say(question: Pick<Question, 'to' | 'port' | 'from'>): Promise<string | null> {
  const socket = connect({ host: question.to, port: question.port, localAddress: question.from });
  socket.setTimeout(5_000, () => socket.destroy());
  socket.write('hello\n');
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve(null));
    socket.on('data', (data) => {
      resolve(data.toString().trim());
      socket.destroy();
    });
  });
}
