// How the counts of a process outlive it. Whoever replaces a process keeps it, by a connection to its admin socket that
// stays open, until nothing is left that it could count; then its last counts are written down beside the rules.
// To be read as part of the texts in script.ts: they never change.

import { COUNTER, COUNTS_TABLE } from '../../proxy/count.ts';

/** Beside the rules: an entry for each process, by its number. */
const ENTRIES = 'counts';
/** Entries that are kept: reloads between two looks. Load balancers are told something once a second at most. */
const KEPT = 60;

export const LINE = { process: 'process', stopping: 'stopping', entry: 'entry', done: 'done' } as const;

/** What a process says of itself, by two commands, in few lines: who it is, whether it is stopping, and its counters. */
export const COUNTED = `
shopt -s nullglob
table='show table ${COUNTS_TABLE}'
counted() {
  local line pid= start= rows=
  while IFS= read -r line; do
    case $line in
      'Pid: '*) pid=\${line#*: } ;;
      'Start_time_sec: '*) start=\${line#*: } ;;
      'Stopping: 1') rows=${LINE.stopping}$'\\n'$rows ;;
      0x*) rows+=$line$'\\n' ;;
    esac
  done
  printf '${LINE.process} %s.%s\\n%s' "$start" "$pid" "$rows"
}
`;

/** `told`: one command on the connection that keeps a process, and the answer until the next prompt. */
export const KEEP = `
mkdir -p ${ENTRIES}
told() { local said; printf '%s\\n' "$1" >&4 && IFS= read -r -t 10 -d '>' said <&4 && printf '%s\\n' "$said"; }
kept() { local info rows; info=$(told 'show info') && rows=$(told "$table") && counted <<< "$info"$'\\n'"$rows"; }
write() { printf '%s\\n' "$2" > "${ENTRIES}/.$1"; mv "${ENTRIES}/.$1" "${ENTRIES}/$1"; }
# The number of the process that says this: it may have one since it began.
number() {
  local all=(${ENTRIES}/*) last= who=
  if (( \${#all[@]} > 0 )); then last=\${all[-1]##*/}; read -r who < "\${all[-1]}"; fi
  if [[ $who == "\${1%%$'\\n'*}" ]]; then printf '%s' "$last"
  else printf '%012d' $(( 10#\${last:-0} + 1 )); fi
}
# It takes nothing more, and nothing is under way: nobody waits (use=0), or all that has begun has ended.
is_done() {
  local row word left
  [[ $1$'\\n' == *$'\\n${LINE.stopping}\\n'* ]] || return 1
  while IFS= read -r row; do
    [[ $row == 0x* && $row != *' use=0 '* ]] || continue
    left=0
    for word in $row; do
      case $word in
        gpc${COUNTER.begun}=*) left=$(( left + \${word#*=} )) ;;
        gpc${COUNTER.retried}=*) ;;
        gpc*) left=$(( left - \${word#*=} )) ;;
      esac
    done
    (( left == 0 )) || return 1
  done <<< "$1"
}
keep() {
  local said
  while said=$(kept); do
    if is_done "$said"; then write "$1" "$said"$'\\n${LINE.done}'; return; fi
    sleep 0.5
  done
}
forget() {
  local all=(${ENTRIES}/*) at
  for (( at = 0; at < \${#all[@]} - ${KEPT}; at += 1 )); do rm -f "\${all[at]}"; done
}
`;

/** Before a reload, of the process whose admin socket this is. */
export const beginKeeping = ({ address, port }: { address: string; port: number }): string => `
replaced=
if { exec 4<>/dev/tcp/${address}/${port}; } 2>/dev/null && told prompt >/dev/null && told 'set timeout cli 86400' >/dev/null && said=$(kept); then
  replaced=$(number "$said")
  # That it cannot be written down is no reason not to serve by new rules.
  write "$replaced" "$said" || replaced=
fi
`;

/** After it. The lock, in descriptor 9, is for those who come next: a function's redirection would only set it aside. */
export const GO_ON_KEEPING = `
said=$(ask "show info;$table" | counted) && write "$(number "$said")" "$said" || true
if [[ -n $replaced ]]; then { exec 9>&-; keep "$replaced"; } </dev/null >/dev/null 2>&1 & fi
forget || true
`;

/** What is written down comes last: who ends meanwhile is in it. */
export const PRINT_ENTRIES = `
for each in ${ENTRIES}/*; do
  said=$(<"$each") && printf '${LINE.entry} %s\\n%s\\n' "\${each##*/}" "$said" || true
done
`;
