// What runs inside the load balancer's container, by the shell of its image. The texts never change: whatever
// varies is an argument of its own or comes by the standard input.

import { beginKeeping, COUNTED, GO_ON_KEEPING, KEEP, PRINT_ENTRIES } from './count-script.ts';

/** Where the container keeps its rules: a volume, so that a new container begins by the last ones. */
export const DIRECTORY = '/var/lib/plimsoll';
/**
 * Whose the container's processes are, whatever its image says: a new volume is root's, and the keys in it are
 * nobody else's. The processes that clients talk to give that up; the rules say so (`user haproxy`).
 */
export const USER = '0:0';
/** Of the container's own network namespace only: the process that serves, and the one that starts the others. */
export const ADMIN = { address: '127.0.0.1', port: 9_999 } as const;
/** Where a replaced process hands requests on. */
export const NEWEST = { address: ADMIN.address, port: 9_997 } as const;
export const NEWEST_INGRESS = { address: ADMIN.address, port: 9_996 } as const;
/** Where it answers itself for services that nobody has. */
export const NOBODY = { address: ADMIN.address, port: 9_995 } as const;
const MASTER = { address: ADMIN.address, port: 9_998 } as const;

export const RULES_FILE = 'haproxy.cfg';
/** `sets` holds rules by their hash, each with its files; `current` leads to those that serve. */
const CURRENT = `${DIRECTORY}/current/${RULES_FILE}`;

export const EXIT = { refused: 65, superseded: 66, busy: 67, incomplete: 69, notReloaded: 75 } as const;

/** HAProxy's image has no client for its sockets, and bash opens connections itself. */
const ASK = `
say() { { printf '%s\\n' "$2" >&3; cat <&3; } 3<>"/dev/tcp/${ADMIN.address}/$1"; }
ask() { say ${ADMIN.port} "$1"; }
# Links change at once or not at all.
point() { ln -sfn "$2" "$1.next"; mv -T "$1.next" "$1"; }
serves() { local said; said=$(ask 'show info' 2>/dev/null) && [[ $said == *"description: $1"* ]]; }
`;

/**
 * Arguments: the hash that the new process will tell, and the generation of the rules. Input: a tar archive of the
 * rules and of what they name. One at a time: whoever is late finds what the other one has left, whole.
 */
const APPLY = `
set -eu
${ASK}${COUNTED}
hash=$1 generation=$2
cd ${DIRECTORY}
exec 9>lock
flock -w 15 9 || exit ${EXIT.busy}
newest=$(cat generation 2>/dev/null) || true
(( generation >= \${newest:-0} )) || exit ${EXIT.superseded}
rm -rf incoming; mkdir -m 700 incoming
tar -x -f - -C incoming
printf '%s\\n' "$generation" > generation.next; mv generation.next generation
last=$(readlink current) || true
[[ $last == "sets/$hash" ]] && serves "$hash" && exit 0

# Only where HAProxy itself says no are the rules to blame; it may also lack memory, or be killed.
verdict=0; said=$(haproxy -c -f incoming/${RULES_FILE} 2>&1) || verdict=$?
printf '%s\\n' "$said"
(( verdict == 0 )) || { (( verdict == 1 )) && exit ${EXIT.refused}; echo "haproxy -c ended with $verdict"; exit 1; }

mkdir -p sets
rm -rf "sets/$hash"; mv -T incoming "sets/$hash"
point current "sets/$hash"
${KEEP}${beginKeeping(ADMIN)}
# Where none serves at this moment the next one begins by these.
kill -USR2 "$(cat master 2>/dev/null)" 2>/dev/null || true
for attempt in {1..100}; do
  serves "$hash" && { came=yes; break; }
  sleep 0.05
done
if [[ \${came:-} != yes ]]; then
  # The process before still serves, and a restart must not begin by what cannot be served.
  [[ -n $last && $(readlink current) == "sets/$hash" ]] && point current "$last"
  exit ${EXIT.notReloaded}
fi
# These and those before are kept; with the others go their certificates and keys.
for each in sets/*; do
  [[ $each == "sets/$hash" || $each == "$last" ]] || rm -rf "$each"
done
${GO_ON_KEEPING}
`;

/** Does something with the id of each process that a reload has replaced and that still lives. */
const eachOld = (what: string): string => `
processes=$(say ${MASTER.port} $'show proc\\nquit')
# Cut off while it was being reloaded: that is not the same as having replaced none.
[[ $processes == *'# workers'* ]] || exit 1
isOld=no
printf '%s\\n' "$processes" | while read -r first second rest; do
  case "$isOld $first $second" in
    *' # old') isOld=yes ;;
    *' # '*) isOld=no ;;
    'yes '*' worker') ${what} ;;
  esac
done
`;

/** It may just have ended. */
const ASK_OLD = `ask_old() { say ${MASTER.port} "@!$1 $2"$'\\nquit' || true; }`;

/** Also of the processes that reloads have replaced: what they still do is done with the same replicas. */
const STATE = `
set -eu
${ASK}${ASK_OLD}
ask 'show info;show stat'
${eachOld(`ask_old "$first" 'show stat'`)}
`;

/** Of all processes, and of those that have ended. */
const COUNTS = `
set -euo pipefail
${ASK}${ASK_OLD}${COUNTED}
cd ${DIRECTORY}
ask "show info;$table" | counted
${eachOld(`{ ask_old "$first" 'show info'; ask_old "$first" "$table"; } | counted`)}
${PRINT_ENTRIES}
`;

/**
 * Arguments: names. Prints each with every address that is found for it here, and with nothing where none is: all at
 * once, since a name server that does not answer is waited for.
 */
const LOOK_UP = `
look() { timeout 4 getent ahosts "$1" | while read -r address rest; do printf '%s %s\\n' "$1" "$address"; done; }
command -v getent >/dev/null && command -v timeout >/dev/null || exit ${EXIT.incomplete}
for name; do look "$name" & done
wait
`;

/**
 * The first process of the container. Without rules HAProxy serves nothing and can be asked; what was written last is
 * begun with after every restart, except where a process has not come up by it once: no address, no memory, a newer
 * HAProxy. A container that starts again and again would serve nobody, and could not be told anything else.
 *
 * HAProxy that was killed is begun again here within 0.1 s; an engine takes up to two seconds for a container. What ends
 * at once is left to the engine, which begins it ever later. HAProxy's own image has USR1 as its signal to stop, by which
 * what is under way may end; the one that can be told of new rules is named in `master`.
 */
const SERVE = `
set -eu
${ASK}
cd ${DIRECTORY}
rm -f master
master= ending=
end() { ending=$1; [[ -z $master ]] || kill -"$1" "$master" 2>/dev/null || true; }
trap 'end TERM' TERM INT
trap 'end USR1' USR1

# What has served once in this container needs no check: everything since was checked when it was given.
mayServe() { [[ -f ${CURRENT} && ! -f starting ]] && { [[ -n $master ]] || haproxy -c -f ${CURRENT}; }; }
begin() {
  mayServe || {
    rm -rf sets/none; mkdir -p sets/none
    printf 'global\\n  stats socket ipv4@${ADMIN.address}:${ADMIN.port} level admin expose-fd listeners\\ndefaults\\n  timeout client 1s\\n  timeout server 1s\\n  timeout connect 1s\\n' > sets/none/${RULES_FILE}
    point current sets/none
  }
  echo > starting
  haproxy -W -S ${MASTER.address}:${MASTER.port} -f ${CURRENT} &
  master=$!
  came "$master" &
}
came() {
  for attempt in {1..600}; do
    ask 'show info' >/dev/null 2>&1 && { rm -f starting; printf '%s\\n' "$1" > master; exit; }
    kill -0 "$1" 2>/dev/null || exit
    sleep 0.1
  done
}

while [[ -z $ending ]]; do
  began=$SECONDS
  begin
  [[ -z $ending ]] || end "$ending"
  while kill -0 "$master" 2>/dev/null; do wait "$master" || true; done
  rm -f master
  [[ -n $ending ]] || (( SECONDS - began >= 2 )) || exit 1
done
`;

const bash = (script: string, ...args: readonly string[]): readonly string[] => [
  'bash',
  '-c',
  script,
  'plimsoll',
  ...args,
];

export const applyCommand = (hash: string, generation: number): readonly string[] =>
  bash(APPLY, hash, String(generation));
export const lookUpCommand = (names: readonly string[]): readonly string[] => bash(LOOK_UP, ...names);
export const stateCommand: readonly string[] = bash(STATE);
export const countsCommand: readonly string[] = bash(COUNTS);
export const serveCommand: readonly string[] = bash(SERVE);
