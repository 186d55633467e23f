// The lab's web server: busybox httpd behind a start script that can be told to misbehave, by variables that
// the image sets and a container may override.
//
//   GET /                  the tag of the image
//   GET /cgi-bin/health    200, or 503 when HEALTHY=no or /tmp/unhealthy exists
//   GET /cgi-bin/env       the container's environment
//   GET /cgi-bin/hostname  which container answers
//   GET /cgi-bin/slow?2.5  answers after that many seconds
//   GET /cgi-bin/crash     the container exits with code 1

export interface WebBehaviour {
  /** Listens only after so many seconds: slow to become ready. (START_AFTER_S) */
  readonly startAfterS?: number;
  /** Exits with this code, at once or after exitAfterS. (EXIT_CODE) */
  readonly exitCode?: number;
  /** (EXIT_AFTER_S) */
  readonly exitAfterS?: number;
  /** With "no", /cgi-bin/health answers 503 for ever. (HEALTHY) */
  readonly healthy?: 'yes' | 'no';
  /** Keeps serving so long after SIGTERM: connections drain. (STOP_AFTER_S) */
  readonly stopAfterS?: number;
  /** With "yes", only SIGKILL ends it. (IGNORE_TERM) */
  readonly ignoreTerm?: 'yes' | 'no';
  /** 8080 unless told otherwise. (PORT) */
  readonly port?: number;
}

const VARIABLES: Readonly<Record<keyof WebBehaviour, string>> = {
  startAfterS: 'START_AFTER_S',
  exitCode: 'EXIT_CODE',
  exitAfterS: 'EXIT_AFTER_S',
  healthy: 'HEALTHY',
  stopAfterS: 'STOP_AFTER_S',
  ignoreTerm: 'IGNORE_TERM',
  port: 'PORT',
};

export function webEnvironment(behaviour: WebBehaviour): string[] {
  return Object.entries(VARIABLES).flatMap(([option, variable]) => {
    const value = Object.entries(behaviour).find(([name]) => name === option)?.[1];
    return value === undefined ? [] : [`${variable}=${value}`];
  });
}

// As process 1 it must handle SIGTERM itself; "wait" returns for a signal, "sleep" in the foreground would not.
const START = `#!/bin/sh
echo "web $VERSION starts"
pause() { sleep "$1" & wait $!; }
stop() { echo "web $VERSION stops"; sleep "\${STOP_AFTER_S:-0}"; exit 0; }
trap stop TERM
trap 'echo "web $VERSION crashes"; exit 1' USR1
[ "$IGNORE_TERM" = yes ] && trap '' TERM
pause "\${START_AFTER_S:-0}"
if [ -n "$EXIT_CODE" ] && [ -z "$EXIT_AFTER_S" ]; then exit "$EXIT_CODE"; fi
httpd -f -p "\${PORT:-8080}" -h /www &
echo "web $VERSION serves"
if [ -n "$EXIT_AFTER_S" ]; then pause "$EXIT_AFTER_S"; exit "\${EXIT_CODE:-0}"; fi
while :; do wait; sleep 0.1; done
`;

const HEALTH = `#!/bin/sh
if [ "$HEALTHY" = no ] || [ -e /tmp/unhealthy ]; then
  printf 'Status: 503 Service Unavailable\\r\\nContent-Type: text/plain\\r\\n\\r\\nunhealthy\\n'
else
  printf 'Content-Type: text/plain\\r\\n\\r\\nhealthy\\n'
fi
`;

const plain = (command: string) => `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
${command}
`;

// The static busybox's wget crashes, nc does not.
const CHECK = `#!/bin/sh
printf 'GET /cgi-bin/health HTTP/1.0\\r\\n\\r\\n' | nc 127.0.0.1 "\${PORT:-8080}" | grep -q '^healthy'
`;

export const WEB_FILES: Readonly<Record<string, string>> = {
  start: START,
  check: CHECK,
  'www/': '',
  'www/cgi-bin/': '',
  'www/cgi-bin/health': HEALTH,
  'www/cgi-bin/env': plain('env'),
  'www/cgi-bin/hostname': plain('hostname'),
  'www/cgi-bin/slow': plain('sleep "$QUERY_STRING"; cat /www/version'),
  // A moment later and without httpd's pipe, or the answer would be lost in the crash.
  'www/cgi-bin/crash': plain('(sleep 0.2; kill -USR1 1) >/dev/null 2>&1 &'),
};
