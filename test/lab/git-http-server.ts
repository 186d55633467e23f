// A program of its own: Git's "smart" HTTP protocol by `git http-backend`, which is a CGI program. It runs on the
// services machine, so that a test that blocks its own event loop does not also stop the Git server.
//
// usage: node git-http-server.ts ADDRESS PORT DIRECTORY

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

const [address = '127.0.0.1', port = '80', directory = '.'] = process.argv.slice(2);

/** A repository with this file in it asks for "username:password". */
const CREDENTIALS_FILE = 'lab-credentials';

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://lab');
  if (isAllowed(request, url)) serve(request, url, response);
  else {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="plimsoll-lab"' });
    response.end('authentication required\n');
  }
});

server.listen(Number(port), address);

function isAllowed(request: IncomingMessage, url: URL): boolean {
  const repository = url.pathname.split('/')[1] ?? '';
  if (repository === '' || repository.startsWith('.')) return false;
  const wanted = readOptional(join(directory, repository, CREDENTIALS_FILE));
  if (wanted === undefined) return true;
  const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return Buffer.from(given, 'base64').toString() === wanted.trim();
}

function serve(request: IncomingMessage, url: URL, response: ServerResponse): void {
  const backend = spawn('git', ['http-backend'], { env: cgiEnvironment(request, url) });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => {}); // the backend may end before it has read everything
  backend.stderr.pipe(process.stderr, { end: false });
  response.on('close', () => backend.kill());
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', onHead);
    writeHead(response, head.subarray(0, end).toString());
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', onHead);
  backend.on('close', () => {
    if (!response.headersSent) response.writeHead(500).end('git http-backend gave no answer\n');
  });
}

function cgiEnvironment(request: IncomingMessage, url: URL): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    GIT_PROJECT_ROOT: directory,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    CONTENT_LENGTH: request.headers['content-length'] ?? '',
    HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    REMOTE_USER: 'lab',
  };
}

function writeHead(response: ServerResponse, head: string): void {
  const headers: [string, string][] = head.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = headers.find(([name]) => name === 'status')?.[1] ?? '200';
  response.writeHead(
    Number.parseInt(status, 10),
    Object.fromEntries(headers.filter(([name]) => name !== 'status')),
  );
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
