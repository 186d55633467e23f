// What runs in the containers of the demo: one program that is each service of the example shop, told apart
// by variables that the images set (SHOP_ROLE, SHOP_VERSION). Copied into the images as it is, hence without
// imports from the project.

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

const { env } = process;
const role = env['SHOP_ROLE'] ?? 'web';
const version = env['SHOP_VERSION'] ?? '0';
const HTTP_PORT = 8080;
const DATABASE_PORT = 5432;
const ANSWER_MS = 1_000;
const WORK_EVERY_MS = 5_000;
const DATA_DIRECTORY = '/var/lib/db';

const self = { service: role, version, container: hostname() };
const say = (message: string): void => console.log(`${role} ${version}: ${message}`);

/** Resolves when somebody takes the connection. */
function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

/**
 * What the database says first; null where it says nothing in time: the load balancer takes the connection even if
 * there is none. The variables come from `connects` in the manifests.
 */
function databaseVersion(): Promise<string | null> {
  const place = { host: env['DB_HOST'] ?? 'db', port: Number(env['DB_PORT'] ?? DATABASE_PORT) };
  return new Promise((resolve) => {
    const socket = connect({ ...place, timeout: ANSWER_MS });
    const end = (said: string | null): void => {
      socket.destroy();
      resolve(said);
    };
    socket.once('data', (data) => end(data.toString().trim()));
    for (const event of ['timeout', 'error', 'close']) socket.once(event, () => end(null));
  });
}

/** The answer of another service; null where there is none in time. */
function get(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asking = request(url, { agent: false, timeout: ANSWER_MS }, (response) => {
      text(response).then(resolve, () => resolve(null));
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(null));
    asking.end();
  });
}

const escaped = (value: string): string =>
  value.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json));

async function apiAnswer(): Promise<unknown> {
  return parsed(await get(env['API_URL'] ?? 'http://api:8080'));
}

function readSettings(): { readonly title: string; readonly motd: string } {
  const file = env['CONFIG_FILE'] ?? '/etc/web/web.json';
  if (!existsSync(file)) return { title: 'The example shop', motd: '' };
  const settings: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const isObject = typeof settings === 'object' && settings !== null;
  const title = isObject && 'title' in settings ? String(settings.title) : 'The example shop';
  const motdFile = join(dirname(file), 'motd.txt');
  return { title, motd: existsSync(motdFile) ? readFileSync(motdFile, 'utf8') : '' };
}

async function page(): Promise<string> {
  const { title, motd } = readSettings();
  const api = JSON.stringify(await apiAnswer());
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>${escaped(title)}</title>
<body style="font:1.1em system-ui;max-width:40em;margin:4em auto">
<h1>${escaped(title)}</h1><p>${escaped(motd)}</p>
<p>This page: <b>web ${escaped(version)}</b>, container ${escaped(self.container)}.</p>
<p>The api says: <code>${escaped(api)}</code></p>
<p>Change an image tag, or shop/web/web.json, in your clone; commit; push; watch this page.</p>
`;
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body);
}

async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = 'application/json';
  if (incoming.url === '/health' || incoming.url === '/ready') answer(response, 200, 'text/plain', 'ok\n');
  else if (role === 'web' && incoming.url === '/shop.json')
    answer(response, 200, json, JSON.stringify({ ...self, api: await apiAnswer() }));
  else if (role === 'web') answer(response, 200, 'text/html; charset=utf-8', await page());
  else {
    answer(response, 200, json, JSON.stringify({ ...self, database: (await databaseVersion()) ?? 'away' }));
  }
}

/** Serves until SIGTERM, then ends when the last answer is given. */
function serveHttp(): void {
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => answer(response, 500, 'text/plain', `${error}\n`));
  });
  server.listen(HTTP_PORT, () => say(`listens on ${HTTP_PORT}`));
  process.once('SIGTERM', () => {
    say('stops');
    server.close(() => process.exit(0));
  });
}

/** A file for each start, so that what is in the volume shows that the volume stayed. */
function serveDatabase(): void {
  mkdirSync(DATA_DIRECTORY, { recursive: true });
  writeFileSync(join(DATA_DIRECTORY, `${Date.now()}-${randomUUID()}`), '');
  const server = createTcpServer((socket) => socket.end(`${version}\n`).on('error', () => {}));
  server.listen(DATABASE_PORT, () =>
    say(`listens on ${DATABASE_PORT}; started ${readdirSync(DATA_DIRECTORY).length} times on this volume`),
  );
  process.once('SIGTERM', () => process.exit(0));
}

function work(): void {
  const queues = env['QUEUE'] ?? 'mails';
  let jobs = 0;
  setInterval(async () => {
    jobs += 1;
    say((await databaseVersion()) !== null ? `job ${jobs} of ${queues} done` : 'waits for the database');
  }, WORK_EVERY_MS);
  process.once('SIGTERM', () => process.exit(0));
}

/** The health check of the image, for engines whose containers only the engine itself can reach. */
async function check(): Promise<never> {
  process.exit((await reaches('127.0.0.1', role === 'db' ? DATABASE_PORT : HTTP_PORT)) ? 0 : 1);
}

if (process.argv[2] === 'check') await check();
if (version === 'broken') {
  say('cannot start: this version is broken');
  process.exit(1);
}
say(`starts in ${self.container}`);
if (role === 'db') serveDatabase();
else if (role === 'worker') work();
else serveHttp();
