// From what the engine says when it refuses to a problem of the catalogue. The engine has few status
// codes (500 stands for a taken port as well as for a wrong password), so its words decide first. They
// were collected from Docker 20.10 and from the sources of later engines.

import { type ErrorCode, type Problem, problem } from '../../kernel/errors.ts';

export interface EngineRefusal {
  /** HTTP status; errors inside of a pull's progress stream count as 500. */
  readonly status: number;
  /** The engine's own words. */
  readonly message: string;
  /** What was attempted, as the start of a sentence: `cannot start shop.api.…`. */
  readonly attempt: string;
  /** A refused pull is about the registry where nothing says otherwise. */
  readonly isPull: boolean;
}

interface Rule {
  readonly code: ErrorCode;
  readonly words: RegExp;
}

/** The first that matches decides. */
const ALWAYS: readonly Rule[] = [
  // The address of a container. That of a port is told by the kernel, without the capital.
  { code: 'engine/conflict', words: /Address already in use/ },
  { code: 'host/disk-full', words: /no space left on device|disk quota exceeded/i },
  {
    code: 'engine/port-taken',
    words: /port is already allocated|address already in use|ports are not available/i,
  },
  { code: 'host/api-version', words: /client version \S+ is too (new|old)/i },
  { code: 'host/permission', words: /authorization denied by plugin/i },
  { code: 'image/not-found', words: /no such image/i },
  // A restart packs it into an error of its own.
  { code: 'engine/not-found', words: /no such container/i },
  {
    code: 'engine/conflict',
    words:
      /is ambiguous|has active endpoints|already exists in network|overlaps with other one|cannot join network of a non running container|networks have overlapping IPv4/i,
  },
  {
    code: 'engine/rejected',
    words:
      /OCI runtime create failed|executable file not found|exec format error|failed to create shim|unable to find (user|group)|error gathering device information|invalid mount config|bind source path does not exist|error while creating mount source path|logging plugin|does not belong to any of this network's subnets|minimum memory limit/i,
  },
];

const PULL: readonly Rule[] = [
  {
    code: 'image/auth',
    words:
      /pull access denied|unauthorized|no basic auth credentials|authentication required|requested access to the resource is denied|incorrect username or password|\b(401|403) (unauthorized|forbidden)/i,
  },
  {
    code: 'image/not-found',
    words:
      /manifest unknown|manifest for .* not found|name unknown|repository .* not found|: not found$|no matching manifest|no match for platform/i,
  },
  { code: 'image/reference', words: /invalid reference format|invalid tag format|invalid checksum digest/i },
];

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'engine/rejected',
  401: 'host/permission',
  403: 'engine/rejected',
  404: 'engine/not-found',
  409: 'engine/conflict',
};

function codeOf({ status, message, isPull }: EngineRefusal): ErrorCode {
  const rules = isPull ? [...ALWAYS, ...PULL] : ALWAYS;
  const rule = rules.find(({ words }) => words.test(message));
  if (rule !== undefined) return rule.code;
  if (isPull) return 'image/registry';
  return BY_STATUS[status] ?? 'engine/failed';
}

/** What a refusal of the engine means. */
export function engineProblem(refusal: EngineRefusal): Problem {
  const words = refusal.message.trim() || `the engine answered with status ${refusal.status}`;
  return problem(codeOf(refusal), `${refusal.attempt}: ${words}`);
}
