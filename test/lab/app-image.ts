// A web server that behaves differently from one revision to the next, and costs little: HAProxy with a service in Lua,
// told by the container's variables. On port 8080:
//
//   GET /         200 and ANSWER
//   GET /health   200, whatever the variables say

export interface AppBehaviour {
  /** What it answers. (ANSWER) */
  readonly answer: string;
  /** Of 100 requests so many are answered by 500. (ERRORS) */
  readonly errors?: number;
  /** Of 100 requests so many take `slowMs`, the others 5 to 10 ms. (SLOW) */
  readonly slow?: number;
  /** (SLOW_MS) */
  readonly slowMs?: number;
  /** The request of this number is not answered: the container exits with code 1. (EXIT_AT) */
  readonly exitAt?: number;
  /** Memory that each request takes for ever. (LEAK_KIB) */
  readonly leakKiB?: number;
}

const VARIABLES: Readonly<Record<keyof AppBehaviour, string>> = {
  answer: 'ANSWER',
  errors: 'ERRORS',
  slow: 'SLOW',
  slowMs: 'SLOW_MS',
  exitAt: 'EXIT_AT',
  leakKiB: 'LEAK_KIB',
};

/** For `environment` of a Service. */
export function appEnvironment(behaviour: AppBehaviour): string {
  const said = new Map<string, string | number>(Object.entries(behaviour));
  const entries = Object.entries(VARIABLES).filter(([option]) => said.has(option));
  return `{ ${entries.map(([option, variable]) => `${variable}: "${said.get(option)}"`).join(', ')} }`;
}

const CONFIGURATION = `global
  maxconn 1000
  nbthread 1
  hard-stop-after 1s
  lua-load /app.lua

defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 1s

frontend app
  bind :8080
  http-request return status 200 content-type text/plain string healthy if { path /health }
  http-request use-service lua.app
`;

const SERVICE = `local function number(name) return tonumber(os.getenv(name) or '0') end
local answer = os.getenv('ANSWER')
local errors, slow, slow_ms = number('ERRORS'), number('SLOW'), number('SLOW_MS')
local exit_at, leak_kib = number('EXIT_AT'), number('LEAK_KIB')
local requests, kept = 0, {}
math.randomseed(os.time())

core.register_service('app', 'http', function(applet)
  requests = requests + 1
  if requests == exit_at then os.exit(1) end
  if leak_kib > 0 then kept[requests] = string.rep(tostring(requests % 10), leak_kib * 1024) end
  core.msleep(math.random() * 100 < slow and slow_ms or math.random(5, 10))
  applet:set_status(math.random() * 100 < errors and 500 or 200)
  applet:add_header('content-type', 'text/plain')
  applet:add_header('content-length', tostring(#answer))
  applet:start_response()
  applet:send(answer)
end)
`;

export const APP_FILES: Readonly<Record<string, string>> = { 'app.cfg': CONFIGURATION, 'app.lua': SERVICE };
export const APP_COMMAND: readonly string[] = ['/usr/sbin/haproxy', '-db', '-q', '-f', '/app.cfg'];
/** As process 1 it would not hear SIGTERM. */
export const APP_STOP_SIGNAL = 'SIGUSR1';
