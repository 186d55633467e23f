// Turns the syntax tree of one YAML document into plain JSON with the position of every key and value.
// Done here and not by the parser's own `toJS`, so that aliases cannot blow up, no key can reach a
// prototype, and numbers whose spelling carries meaning (`1.10`, `0644`) stay as they were written.

import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Scalar } from 'yaml';
import type { Json } from '../kernel/canonical.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import { FORBIDDEN_KEYS, LIMITS } from './limits.ts';
import { type Position, type Positions, pointerBelow, printableKey } from './position.ts';

/** Why a document cannot be turned into a value. Thrown inside this file's caller only. */
export class YamlRefusal extends Error {
  readonly code: ErrorCode;
  readonly position: Position;

  constructor(code: ErrorCode, message: string, position: Position) {
    super(message);
    this.code = code;
    this.position = position;
  }
}

const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

interface Place {
  readonly pointer: string;
  readonly depth: number;
}

class Conversion {
  readonly values = new Map<string, Position>();
  readonly keys = new Map<string, Position>();
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #lines: LineCounter;
  #aliases = 0;
  #nodes = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  value(node: unknown, place: Place): Json {
    if (isAlias(node)) return this.#aliased(node.source, this.#position(node), place);
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return null;
    const position = this.#position(node);
    this.#nodes += 1;
    if (this.#nodes > LIMITS.nodes) {
      throw new YamlRefusal('manifest/limit', `more than ${LIMITS.nodes} values in one document`, position);
    }
    if (place.depth > LIMITS.depth) {
      throw new YamlRefusal('manifest/limit', `nested deeper than ${LIMITS.depth} levels`, position);
    }
    if (node.tag !== undefined && !CORE_TAGS.has(node.tag)) {
      throw new YamlRefusal('manifest/yaml', 'this tag is not supported', position);
    }
    this.values.set(place.pointer, position);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return scalarValue(node);
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node.items, place) : this.#list(node.items, place);
    this.#open.delete(node);
    return value;
  }

  #list(items: readonly unknown[], place: Place): Json {
    return items.map((item, index) =>
      this.value(item, { pointer: pointerBelow(place.pointer, index), depth: place.depth + 1 }),
    );
  }

  #map(pairs: readonly { readonly key: unknown; readonly value: unknown }[], place: Place): Json {
    const entries = new Map<string, Json>();
    for (const pair of pairs) {
      const position = this.#position(pair.key);
      const key = this.#key(pair.key, position);
      if (entries.has(key))
        throw new YamlRefusal(
          'manifest/duplicate',
          `the key \`${printableKey(key)}\` stands twice in this map`,
          position,
        );
      const pointer = pointerBelow(place.pointer, key);
      this.keys.set(pointer, position);
      if (pair.value === null) this.values.set(pointer, position);
      entries.set(key, this.value(pair.value, { pointer, depth: place.depth + 1 }));
    }
    return Object.fromEntries(entries);
  }

  #key(node: unknown, position: Position): string {
    if (!isScalar(node) || node.value === null) {
      throw new YamlRefusal('manifest/yaml', 'a key must be a plain string', position);
    }
    const key = String(scalarValue(node));
    if (FORBIDDEN_KEYS.has(key)) {
      throw new YamlRefusal('manifest/forbidden-key', `the key \`${key}\` is not allowed`, position);
    }
    if (key === '<<' && node.type === 'PLAIN') {
      throw new YamlRefusal(
        'manifest/unsupported',
        'merge keys (`<<`) are not supported: write the keys out',
        position,
      );
    }
    return key;
  }

  #aliased(anchor: string, position: Position, place: Place): Json {
    this.#aliases += 1;
    if (this.#aliases > LIMITS.aliases) {
      throw new YamlRefusal(
        'manifest/limit',
        `more than ${LIMITS.aliases} aliases in one document`,
        position,
      );
    }
    const target = this.#anchors.get(anchor);
    if (target === undefined)
      throw new YamlRefusal('manifest/yaml', 'the alias has no anchor before it', position);
    if (this.#open.has(target)) throw new YamlRefusal('manifest/yaml', 'the alias contains itself', position);
    return this.value(target, place);
  }

  #position(node: unknown): Position {
    const range = isAlias(node) || isMap(node) || isSeq(node) || isScalar(node) ? node.range : null;
    const { line, col } = this.#lines.linePos(range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function scalarValue(scalar: Scalar): Json {
  const value = scalar.value;
  if (typeof value === 'number') {
    // `1.10`, `0644`, `.inf` and numbers too large for a double would come out as something else.
    return scalar.source === undefined || String(value) === scalar.source ? value : scalar.source;
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  return String(value);
}

/** The document's value and positions. Throws YamlRefusal. */
export function convertDocument(root: unknown, lines: LineCounter): { value: Json; positions: Positions } {
  const conversion = new Conversion(lines);
  const value = conversion.value(root, { pointer: '', depth: 1 });
  return { value, positions: { values: conversion.values, keys: conversion.keys } };
}
