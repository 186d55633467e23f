// The limits that a manifest file must stay within, so that no repository can exhaust the controller.

export const LIMITS = {
  /** Per file, before anything is parsed. */
  fileBytes: 1024 * 1024,
  /** Nesting of maps and lists in one document. */
  depth: 64,
  /** Uses of YAML aliases in one document. */
  aliases: 100,
  /** Maps, lists and scalars in one document, after aliases are expanded. */
  nodes: 100_000,
  /** YAML documents in one file. */
  documents: 1_000,
  /** Problems that are told of one file. */
  problems: 50,
  /** Ports that one service publishes or exposes, ranges counted out. */
  ports: 1_000,
  /** Mounts of each kind, devices and dependencies of one service. */
  listItems: 200,
  /** Ports that one service serves to others. */
  servedPorts: 16,
  /** Networks of one service in which it reaches others: each holds one service of a port. */
  connectionNetworks: 8,
  /** Steps of a rollout as written. */
  rolloutSteps: 50,
  /** Headers that one rule of a Route looks at: HAProxy takes 64 words in a line. */
  matchedHeaders: 8,
  /** Files of one Config. */
  configFiles: 1_000,
  /** Bytes of all files of one Config together. */
  configBytes: 4 * 1024 * 1024,
} as const;

/** Keys that turn into the prototype of an object when a program copies them carelessly. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
