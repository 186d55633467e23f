// What is done to hosts, and which commits may decide about it.

import type { Planted } from './planted.ts';

export const ACTIONS: readonly Planted[] = [
  {
    id: 'adopts-by-name',
    file: 'src/executor/play.ts',
    text: "if (!isSame(request.labels, there.labels)) throw foreign(host, 'container', request.name);",
    replacement: '',
    thought: 'The names are ours: who has one is the container of an earlier try.',
  },
  {
    id: 'retries-at-once',
    file: 'src/loop/failure-book.ts',
    text: 'return Math.min(firstMs * 2 ** (count - 1), MAX_RETRY_MS);',
    replacement: 'return Math.min(firstMs * count, 1);',
    thought: 'What failed is tried again.',
  },
  {
    id: 'secret-in-a-message',
    file: 'src/executor/play.ts',
    text: 'if (!silence.signal.aborted) throw error;',
    replacement: `if (!silence.signal.aborted) {
      const known = credential(image);
      const asWhom = known === null ? 'nobody' : \`\${known.username}:\${known.password.open()}\`;
      throw new PlimsollError(problem('host/timeout', \`pulling \${image} as \${asWhom} has failed\`), error);
    }`,
    thought: 'To see with which account the pull failed helps whoever reads the message.',
  },
  {
    id: 'foreign-network-removed',
    file: 'src/plan/housekeeping.ts',
    text: "(n) => isOwnedBy(n.labels, world.controller) && n.labels[LABEL.kind] === 'network'",
    replacement: '(n) => n.name.length > 0',
    thought: 'A network that no container has joined is of no use to anybody.',
  },
  {
    id: 'governor-dropped',
    file: 'src/plan/governor.ts',
    text: 'if (isMany) return `it would remove ${removed} (${names})`;',
    replacement: '',
    thought: 'Whoever removes manifests wants the services removed.',
  },
  {
    id: 'forced-push-followed',
    file: 'src/loop/hold.ts',
    text: 'if (!descends.ok || !descends.value) {',
    replacement: 'if (!descends.ok) {',
    thought: 'The branch says what is wanted, wherever it came from.',
  },
  {
    id: 'broken-commit-accepted',
    file: 'src/loop/sources.ts',
    text: 'const resolved = candidate.problems.length > 0 ? null : this.#resolve(candidate);',
    replacement: 'const resolved = this.#resolve(candidate);',
    thought: 'What can be read of a commit is deployed; the rest is told.',
  },
];
