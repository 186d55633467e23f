// What the shell offers next, found by walking the commands themselves, and the few lines that make each
// shell ask.

import type { Argument, Command, Option } from 'commander';

/** `services`: the names of the services that the controller knows. */
export type Candidates =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'services' };

const NOTHING: Candidates = { kind: 'words', words: [] };
const isHidden = (command: Command): boolean => command.name().startsWith('__');

const optionNamed = (command: Command, word: string): Option | undefined =>
  command.options.find((option) => option.long === word || option.short === word);

const takesValue = (option: Option | undefined): boolean =>
  option !== undefined && (option.required || option.optional);

const words = (all: readonly string[], prefix: string): Candidates => ({
  kind: 'words',
  words: all.filter((word) => word.startsWith(prefix)),
});

function ofArgument(argument: Argument | undefined, prefix: string): Candidates {
  if (argument === undefined) return NOTHING;
  if (argument.argChoices !== undefined) return words(argument.argChoices, prefix);
  return argument.name() === 'service' ? { kind: 'services' } : NOTHING;
}

/** What may stand where the last of `line` is being written; no candidates: names of files. */
export function candidatesFor(program: Command, line: readonly string[]): Candidates {
  const prefix = line.at(-1) ?? '';
  let command = program;
  let seenArguments = 0;
  let open: Option | undefined;
  for (const word of line.slice(0, -1)) {
    if (open !== undefined) {
      open = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = optionNamed(command, word);
      if (takesValue(option)) open = option;
      continue;
    }
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) seenArguments += 1;
    else command = next;
  }
  if (open !== undefined) return open.argChoices === undefined ? NOTHING : words(open.argChoices, prefix);
  if (prefix.startsWith('-')) {
    const flags = command.options
      .filter((o) => !o.hidden)
      .flatMap((o) => (o.long === undefined ? [] : [o.long]));
    return words([...flags, '--help'], prefix);
  }
  if (command.commands.length > 0) {
    const names = command.commands.filter((c) => !isHidden(c)).map((c) => c.name());
    return words(names, prefix);
  }
  return ofArgument(command.registeredArguments[seenArguments], prefix);
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# plimsoll completion bash > /etc/bash_completion.d/plimsoll
_plimsoll() {
  local IFS=$'\\n'
  COMPREPLY=($(plimsoll __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _plimsoll plimsoll
`,
  zsh: `#compdef plimsoll
# plimsoll completion zsh > "\${fpath[1]}/_plimsoll"
_plimsoll() {
  local -a candidates
  candidates=(\${(f)"$(plimsoll __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#candidates} )); then compadd -a candidates; else _files; fi
}
if [[ "\${funcstack[1]}" == _plimsoll ]]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`,
  fish: `# plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish
function __plimsoll_complete
  set -l line (commandline -opc)
  plimsoll __complete -- $line[2..] (commandline -ct) 2>/dev/null
end
complete -c plimsoll -a '(__plimsoll_complete)'
`,
};

export const completionScript = (shell: Shell): string => SCRIPTS[shell];
