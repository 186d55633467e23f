// What runs inside the load balancer's container, by the shell of its image. The texts never change: whatever
// varies is an argument of its own or comes by the standard input.

/** Where the container keeps its rules: a volume, so that a new container begins by the last ones. */
export const DIRECTORY = '/var/lib/plimsoll';
const RULES = `${DIRECTORY}/haproxy.cfg`;
/** Of the container's own network namespace only. */
export const ADMIN = { address: '127.0.0.1', port: 9_999 } as const;

export const EXIT = { refused: 65, notReloaded: 75 } as const;

/** Asks the running process; HAProxy's image has no client for its socket, and bash opens connections itself. */
const ASK = `ask() { { printf '%s\\n' "$1" >&3; cat <&3; } 3<>/dev/tcp/${ADMIN.address}/${ADMIN.port}; }`;

/** Arguments: the hash that the new process will tell. Input: a tar archive with `next.cfg` and what it names. */
const APPLY = `
set -eu
${ASK}
cd ${DIRECTORY}
tar -x -f -
haproxy -c -f next.cfg || exit ${EXIT.refused}
cp ${RULES} last.cfg
mv next.cfg ${RULES}
kill -USR2 1
for attempt in {1..100}; do
  said=$(ask 'show info' 2>/dev/null) && [[ $said == *"description: $1"* ]] && exit 0
  sleep 0.05
done
# The process before still serves, and a restart must not begin by what cannot be served.
mv last.cfg ${RULES}
exit ${EXIT.notReloaded}
`;

const STATE = `
set -eu
${ASK}
ask 'show info;show stat'
`;

/**
 * The first process of the container. Without rules it serves nothing and can be asked; what was written last
 * is begun with after every restart.
 */
const SERVE = `
set -eu
[ -f ${RULES} ] || printf 'global\\n  stats socket ipv4@${ADMIN.address}:${ADMIN.port} level admin expose-fd listeners\\ndefaults\\n  timeout client 1s\\n  timeout server 1s\\n  timeout connect 1s\\n' > ${RULES}
exec haproxy -W -f ${RULES}
`;

const bash = (script: string, ...args: readonly string[]): readonly string[] => [
  'bash',
  '-c',
  script,
  'plimsoll',
  ...args,
];

export const applyCommand = (hash: string): readonly string[] => bash(APPLY, hash);
export const stateCommand: readonly string[] = bash(STATE);
export const serveCommand: readonly string[] = bash(SERVE);
