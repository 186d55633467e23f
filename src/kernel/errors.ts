// The one catalogue of what can go wrong. A code decides three things once and for all: how a caller
// may retry, with which code the command line exits, and what a person can do about it.

/**
 * transient: the same call may pass later, retried with back-off.
 * waiting:   nothing is wrong with the request; it waits for something named in the message.
 * terminal:  only a person or a new commit helps.
 */
export type RetryClass = 'transient' | 'waiting' | 'terminal';

interface CatalogueEntry {
  readonly retry: RetryClass;
  readonly exitCode: number;
  /** What to do, in the imperative; a problem may carry a more exact one. */
  readonly hint: string;
}

const entry = (retry: RetryClass, hint: string, exitCode = 1): CatalogueEntry => ({ retry, hint, exitCode });

export const CATALOGUE = {
  // manifests
  'manifest/yaml': entry('terminal', 'Correct the YAML at this place.'),
  'manifest/limit': entry('terminal', 'Split the file, or move large content into a Config file.'),
  'manifest/forbidden-key': entry('terminal', 'Rename the key.'),
  'manifest/unknown-key': entry('terminal', 'Remove the key or correct its spelling.'),
  'manifest/invalid-value': entry('terminal', 'Correct the value; `plimsoll schema` prints what is allowed.'),
  'manifest/unknown-kind': entry(
    'terminal',
    'Use one of the documented kinds and apiVersion plimsoll.dev/v1.',
  ),
  'manifest/duplicate': entry('terminal', 'Rename or remove one of the two.'),
  'manifest/reference': entry('terminal', 'Define what is referred to, or correct the name.'),
  'manifest/cycle': entry('terminal', 'Remove one of the dependencies of the cycle.'),
  'manifest/permission': entry('terminal', 'Allow it in the Namespace (spec.permissions), or remove it.'),
  'manifest/path': entry('terminal', 'Use a plain relative path inside the directory of the source.'),
  'manifest/unsupported': entry('terminal', 'Remove it, or see the reference for what takes its place.'),
  'manifest/quota': entry('terminal', 'Raise the limit in the Namespace (spec.limits), or ask for less.'),
  'manifest/no-memory-limit': entry(
    'terminal',
    'Set resources.limits.memory, or a default in the Namespace (spec.defaults).',
  ),
  'manifest/interpolation': entry(
    'terminal',
    'Write the value itself; keep a secret in a file on the host and mount it under `volumes`.',
  ),
  'manifest/ports': entry('terminal', 'Publish a range of ports, or ask for fewer replicas.'),
  // configuration
  'config/invalid': entry('terminal', 'Correct plimsoll.yaml; the reference lists every key.'),
  'config/missing': entry('terminal', 'Run `plimsoll init` to write a first plimsoll.yaml.'),
  'config/secret-unreadable': entry('terminal', 'Make the file or variable readable for the controller.'),
  // source
  'source/unreachable': entry(
    'transient',
    'Check the address and the network between here and the Git server.',
  ),
  'source/auth': entry('terminal', 'Correct the credentials of the source in plimsoll.yaml.'),
  'source/not-found': entry(
    'transient',
    'Check the repository, the branch or tag, and the path of the source.',
  ),
  'source/path': entry('transient', 'Create the path in the repository, or correct `path` of the source.'),
  'source/force-push': entry(
    'waiting',
    'Approve it with `plimsoll approve`, or set `forcePush: follow` for the source.',
  ),
  'source/empty': entry(
    'waiting',
    'Push manifests again; to remove everything on purpose, approve it with `plimsoll approve`.',
  ),
  'source/deletes-much': entry('waiting', 'If the removal is meant, let it through with `plimsoll approve`.'),
  'source/unsafe-tree': entry(
    'terminal',
    'Remove symbolic links, submodules and unusual names from the path.',
  ),
  'source/scheme': entry('terminal', 'Use https://, ssh:// or a file path that the configuration allows.'),
  'source/conflict': entry('terminal', 'Let only one source define it.'),
  'source/corrupt': entry('transient', 'Nothing: the local copy is fetched again.'),
  'source/tls': entry(
    'terminal',
    "Renew the server's certificate, or name the certificate authority that signed it in `caFile`.",
  ),
  'source/host-key': entry(
    'terminal',
    "Compare the key with the server's own; pin it for the source only if it is the right one.",
  ),
  'source/limit': entry('terminal', 'Keep large files and generated trees out of the path of the source.'),
  'source/unsupported': entry('terminal', 'Use a repository with SHA-1 object names and plain refs.'),
  'source/interrupted': entry('transient', 'Nothing: it is tried again.'),
  // hosts
  'host/unreachable': entry('transient', 'Check that the host is up and that ssh reaches it.'),
  'host/auth': entry('terminal', 'Install the controller key on the host; see `plimsoll host add`.'),
  'host/key-unknown': entry('terminal', 'Pin the host key: `plimsoll host add` prints it for comparison.'),
  'host/key-mismatch': entry(
    'terminal',
    'If the host was reinstalled, verify its new key at the machine and pin it; otherwise someone answers in its place.',
  ),
  'host/permission': entry('terminal', 'Let the user of the address use Docker (group docker).'),
  'host/no-engine': entry('transient', 'Install or start the Docker engine on the host.'),
  'host/api-version': entry('terminal', 'Upgrade the engine to 20.10 or newer.'),
  'host/disk-full': entry('transient', 'Free space on the host.'),
  'host/timeout': entry(
    'transient',
    'Look at the load of the host and at the network on the way: it answers too late.',
  ),
  'host/cancelled': entry('transient', 'Nothing: whoever asked for it no longer wants it.'),
  // engine answers
  'engine/conflict': entry('transient', 'See the message.'),
  'engine/not-found': entry('transient', 'Nothing: the next look at the host decides.'),
  'engine/rejected': entry('terminal', 'Correct the manifest: the engine refuses this container.'),
  'engine/port-taken': entry('transient', 'Free the port on the host or publish another one.'),
  'engine/failed': entry('transient', 'See the log of the Docker engine on the host.'),
  'engine/foreign': entry(
    'waiting',
    'Rename or remove the foreign object; Plimsoll touches only what it made.',
  ),
  'drift/oscillation': entry(
    'waiting',
    'Find what changes it (another tool on the host?), or name the field under `drift.ignore`.',
  ),
  // load balancers
  'proxy/refused': entry(
    'terminal',
    'Report it with the message: Plimsoll has rendered rules that HAProxy does not take; those before stay in force.',
  ),
  'proxy/reload': entry('transient', 'See `docker logs` of the load balancer on the host.'),
  'proxy/superseded': entry('transient', 'Nothing: the load balancer has been given newer rules meanwhile.'),
  'proxy/unknown-host': entry(
    'transient',
    'Set `meshAddress` of that host to an address, or let containers find the name by their name servers.',
  ),
  'proxy/silent': entry(
    'transient',
    'See `docker logs` of the load balancer on the host; its image needs bash, tar, flock and getent.',
  ),
  // images
  'image/not-found': entry('transient', 'Push the image, or correct its name in the manifest.'),
  'image/auth': entry('terminal', 'Correct the registry credentials, then run `plimsoll rollout retry`.'),
  'image/registry': entry('transient', 'Check that the registry can be reached from the host.'),
  'image/reference': entry('terminal', 'Write the image as [registry/]name[:tag][@sha256:…].'),
  // store
  'store/damaged': entry(
    'terminal',
    'Restore the store from a backup, or move it away: a new one is rebuilt from the hosts and Git.',
  ),
  'store/full': entry(
    'transient',
    'Free space where the store lies; nothing is done until it can be written.',
  ),
  'store/unavailable': entry(
    'transient',
    'Check the disk and the permissions where the store lies; nothing is done until it can be written.',
  ),
  'store/conflict': entry('transient', 'Nothing: the write is tried again.'),
  'store/lease': entry('waiting', 'Stop the other controller, or wait for its lease to end.'),
  'store/version': entry('terminal', 'Use the version of Plimsoll that wrote this store, or a newer one.'),
  // the certificate authority of the mesh
  'authority/master-key': entry(
    'terminal',
    'Give the controller the file with the master key by which the root was sealed; it holds 32 bytes.',
  ),
  'authority/damaged': entry('terminal', 'Restore the store from a backup: the stored root was changed.'),
  'authority/expired': entry('terminal', 'Set the clock of the controller, or replace the root.'),
  // commands
  'command/usage': entry('terminal', 'See `plimsoll help`.'),
  'command/not-found': entry('terminal', 'List what is there with `plimsoll status`.'),
  'command/refused': entry('terminal', 'See the message.'),
  'command/no-controller': entry('terminal', 'Start it with `plimsoll serve`, or name it with --controller.'),
  'command/unauthorized': entry('terminal', 'Use a valid token.'),
  'command/forbidden': entry('terminal', 'Use the local socket of the controller, which allows everything.'),
  'command/too-large': entry('terminal', 'Send less: a body may have 1 MiB.'),
  'command/cancelled': entry('terminal', 'Nothing: run it again to go on.'),
  'command/exists': entry('terminal', 'Choose another name or place; nothing is overwritten.'),
  // the controller's own addresses
  'api/in-use': entry('terminal', 'Stop the other controller, or set another `listen.socket`.'),
  'api/cannot-listen': entry(
    'terminal',
    'Correct `listen` in plimsoll.yaml, or the permissions of the directory.',
  ),
  // the demonstration
  'demo/prerequisite': entry('terminal', 'Install what is missing and run the demo again.'),
  'demo/failed': entry('terminal', 'See the message and the log of the controller; run the demo again.'),
  internal: entry('terminal', 'This is a bug in Plimsoll: report it with the message.', 70),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** A place in the user's repository; line and column count from 1. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something that went wrong, as a value: what happened, where, and what to do. */
export interface Problem {
  readonly code: ErrorCode;
  /** What happened, with names; one sentence without a full stop is enough. Never file content. */
  readonly message: string;
  readonly hint: string;
  readonly span?: Span;
}

export function problem(
  code: ErrorCode,
  message: string,
  more: { readonly hint?: string; readonly span?: Span } = {},
): Problem {
  return {
    code,
    message,
    hint: more.hint ?? CATALOGUE[code].hint,
    ...(more.span === undefined ? {} : { span: more.span }),
  };
}

export const retryClass = (code: ErrorCode): RetryClass => CATALOGUE[code].retry;

/** `file:line:column: message (code)` and the hint on a line of its own. */
export function formatProblem(p: Problem): string {
  const where = p.span === undefined ? '' : `${p.span.file}:${p.span.line}:${p.span.column}: `;
  return `${where}${p.message} (${p.code})\n  → ${p.hint}`;
}

/** Carries a Problem through code that does IO, where exceptions are the way. */
export class PlimsollError extends Error {
  override readonly name = 'PlimsollError';
  readonly problem: Problem;

  constructor(p: Problem, cause?: unknown) {
    super(p.message, cause === undefined ? undefined : { cause });
    this.problem = p;
  }
}

/** The Problem that an unknown thrown value stands for. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof PlimsollError) return thrown.problem;
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return problem('internal', message);
}
