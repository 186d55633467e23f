// Takes a page of the manual apart: the commands that a reader would type, what the page says they print,
// and the YAML that a reader would copy.

export type Piece =
  | { readonly kind: 'command'; readonly text: string }
  /** What the commands of the block before print. */
  | { readonly kind: 'output'; readonly of: readonly string[]; readonly lines: readonly string[] }
  /** A block, or a piece of one within a sentence. */
  | { readonly kind: 'yaml'; readonly text: string };

interface Fence {
  readonly language: string;
  readonly lines: readonly string[];
}

/** A paragraph between two fences is text as it stands. */
type Part = Fence | string;

const FENCE = /^(?<indent> *)```(?<language>\S*)$/;
const PROGRAM = /^(?:plimsoll|npm|npx|git|docker|systemctl|ssh-keygen) \S/;
const YAML = /^[a-z]\w*: \S/i;

function partsOf(markdown: string): readonly Part[] {
  const parts: Part[] = [];
  let prose: string[] = [];
  let fence: { readonly indent: number; readonly language: string; readonly lines: string[] } | null = null;
  for (const line of markdown.split('\n')) {
    const mark = FENCE.exec(line)?.groups;
    if (fence !== null && mark?.['language'] === '') {
      parts.push({ language: fence.language, lines: fence.lines });
      fence = null;
    } else if (fence !== null) fence.lines.push(line.slice(fence.indent));
    else if (mark !== undefined) {
      parts.push(prose.join('\n'));
      prose = [];
      fence = { indent: mark['indent']?.length ?? 0, language: mark['language'] ?? '', lines: [] };
    } else prose.push(line);
  }
  if (fence !== null) throw new Error('a block is opened and never closed');
  return [...parts, prose.join('\n')];
}

const withoutComment = (line: string): string => line.replace(/(?:^|\s+)# .*$/, '').trimEnd();

/** The commands of a block: of a unit of systemd, what it starts. */
function commandsOf({ language, lines }: Fence): readonly string[] {
  if (language === 'sh') return lines.map(withoutComment).filter((line) => line !== '');
  return lines.flatMap((line) => /^ExecStart=(.*)$/.exec(line)?.[1] ?? []);
}

function piecesOfFence(fence: Fence, before: readonly string[]): readonly Piece[] {
  const { language, lines } = fence;
  switch (language) {
    case 'sh':
    case 'ini':
      return commandsOf(fence).map((text) => ({ kind: 'command', text }));
    case 'yaml':
      return [{ kind: 'yaml', text: lines.join('\n') }];
    case 'text':
      return [{ kind: 'output', of: before, lines }];
    default:
      throw new Error(`nothing is known of blocks of the language "${language}": ${lines[0] ?? ''}`);
  }
}

function piecesOfProse(prose: string): readonly Piece[] {
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map((found) => (found[1] ?? '').replaceAll(/\s+/g, ' '));
  return spans.flatMap((text): readonly Piece[] => {
    if (PROGRAM.test(text)) return [{ kind: 'command', text }];
    return YAML.test(text) ? [{ kind: 'yaml', text }] : [];
  });
}

/**
 * In the order of the page. A command within a sentence counts once, and not at all where a block has it.
 * Throws on a block whose language nobody has thought of.
 */
export function piecesOf(markdown: string): readonly Piece[] {
  const parts = partsOf(markdown);
  const known = new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : commandsOf(part))));
  let before: readonly string[] = [];
  const pieces: Piece[] = [];
  for (const part of parts) {
    if (typeof part !== 'string') {
      pieces.push(...piecesOfFence(part, before));
      if (part.language === 'sh') before = commandsOf(part);
      continue;
    }
    for (const piece of piecesOfProse(part)) {
      if (piece.kind === 'command' && known.has(piece.text)) continue;
      if (piece.kind === 'command') known.add(piece.text);
      pieces.push(piece);
    }
  }
  return pieces;
}
