// What the last resolutions found per document, so that an unchanged service costs a comparison and
// keeps its identity: equal objects tell the planner that nothing needs to be looked at.

import type { SourceId } from '../kernel/ids.ts';
import { isSameJson } from '../kernel/same-json.ts';
import type { ResolvedConfig } from './configs.ts';
import type { Connection } from './connections.ts';
import type { Scope } from './namespaces.ts';
import type { ResolvedService } from './service.ts';

/** Everything but the document that a resolved service depends on. */
export interface ServiceContext {
  readonly scopeKey: Scope['key'];
  readonly overridesKey: string;
  readonly configHashes: ReadonlyMap<string, string>;
  readonly connections: readonly Connection[];
}

interface Entry<V> {
  readonly value: V;
  usedInPass: number;
}

export class ResolutionCache {
  readonly #services = new PerSource<{
    readonly context: ServiceContext;
    readonly result: ResolvedService;
  }>();
  readonly #configs = new PerSource<ResolvedConfig>();

  beginPass(): void {
    this.#services.pass += 1;
    this.#configs.pass += 1;
  }

  service(
    source: SourceId,
    documentId: string,
    context: ServiceContext,
    resolve: () => ResolvedService,
  ): ResolvedService {
    const known = this.#services.get(source, documentId);
    if (known !== undefined && sameContext(known.context, context)) return known.result;
    const result = resolve();
    this.#services.set(source, documentId, { context, result });
    return result;
  }

  config(
    source: SourceId,
    documentId: string,
    inputs: ResolvedConfig['inputs'],
    resolve: () => ResolvedConfig,
  ): ResolvedConfig {
    const known = this.#configs.get(source, documentId);
    if (known !== undefined && inputs.every((bytes, index) => bytes === known.inputs[index])) return known;
    const value = resolve();
    this.#configs.set(source, documentId, value);
    return value;
  }

  /** Forgets what nothing has used for some passes, once there is much of it. */
  endPass(services: number, configs: number): void {
    this.#services.trim(2 * services + 500);
    this.#configs.trim(2 * configs + 100);
  }
}

function sameContext(a: ServiceContext, b: ServiceContext): boolean {
  if (a.scopeKey !== b.scopeKey || a.overridesKey !== b.overridesKey) return false;
  if (a.configHashes.size !== b.configHashes.size) return false;
  for (const [name, hash] of a.configHashes) if (b.configHashes.get(name) !== hash) return false;
  return isSameJson(a.connections, b.connections);
}

/** Values by source and document; two sources may hold the same file. */
class PerSource<V> {
  pass = 0;
  readonly #sources = new Map<SourceId, Map<string, Entry<V>>>();
  #size = 0;

  get(source: SourceId, id: string): V | undefined {
    const entry = this.#sources.get(source)?.get(id);
    if (entry !== undefined) entry.usedInPass = this.pass;
    return entry?.value;
  }

  set(source: SourceId, id: string, value: V): void {
    let entries = this.#sources.get(source);
    if (entries === undefined) {
      entries = new Map();
      this.#sources.set(source, entries);
    }
    if (!entries.has(id)) this.#size += 1;
    entries.set(id, { value, usedInPass: this.pass });
  }

  trim(keep: number): void {
    if (this.#size <= keep) return;
    for (const entries of this.#sources.values()) {
      for (const [id, entry] of entries) {
        if (entry.usedInPass > this.pass - 20) continue;
        entries.delete(id);
        this.#size -= 1;
      }
    }
  }
}
