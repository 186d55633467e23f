// Config documents → the files that containers mount, under the hash of their names, modes and bytes.

import { contentHash, sha256 } from '../kernel/canonical.ts';
import { problem } from '../kernel/errors.ts';
import type { NamespaceName } from '../kernel/ids.ts';
import type { DocumentOf } from '../manifest/document.ts';
import { LIMITS } from '../manifest/limits.ts';
import { configFileReferences } from '../manifest/references.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import { nameSpan, type Sourced } from './collect.ts';
import type { ConfigFile, DesiredConfig } from './desired.ts';
import type { Fault } from './input.ts';

const DEFAULT_MODE = Number.parseInt(DEFAULTS.configMode, 8);

export interface ResolvedConfig {
  /** Null where one of its files cannot be had. */
  readonly config: DesiredConfig | null;
  readonly faults: readonly Fault[];
  /** The contents that went into it, for comparison with the next time. */
  readonly inputs: readonly (Uint8Array | undefined)[];
}

/** The repository files behind a Config, in the order of its references; undefined where one is not there. */
export function configInputs(
  document: DocumentOf<'Config'>,
  files: ReadonlyMap<string, Uint8Array>,
): readonly (Uint8Array | undefined)[] {
  return configFileReferences(document).map((reference) => files.get(reference.path));
}

export function resolveConfig(
  { source, document }: Sourced<DocumentOf<'Config'>>,
  namespace: NamespaceName,
  inputs: readonly (Uint8Array | undefined)[],
): ResolvedConfig {
  const { metadata, spec } = document.manifest;
  const faults: Fault[] = [];
  const contents = new Map<string, Uint8Array>();
  for (const [name, text] of Object.entries(spec.data ?? {}))
    contents.set(name, new TextEncoder().encode(text));
  configFileReferences(document).forEach((reference, index) => {
    const bytes = inputs[index];
    if (bytes !== undefined) contents.set(reference.name, bytes);
    else {
      const missing = problem('manifest/reference', `the file ${reference.path} is not in the source`, {
        span: reference.span,
      });
      faults.push({ sources: [source], problem: missing });
    }
  });
  const total = [...contents.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  if (total > LIMITS.configBytes) {
    const message = `the files of Config ${metadata.name} are larger than ${LIMITS.configBytes / 1024 ** 2} MiB together`;
    faults.push({
      sources: [source],
      problem: problem('manifest/limit', message, {
        span: nameSpan(document),
        hint: 'Put large files into the image.',
      }),
    });
  }
  if (faults.length > 0) return { config: null, faults, inputs };
  const mode = spec.mode ?? DEFAULT_MODE;
  const names = [...contents.keys()].sort();
  const digests = names.map((name) => ({
    name,
    mode,
    sha256: sha256(contents.get(name) ?? new Uint8Array()),
  }));
  const files = names.map(
    (path): ConfigFile => ({ path, mode, contentBase64: base64(contents.get(path) ?? new Uint8Array()) }),
  );
  const hash = contentHash({ version: 1, files: digests });
  return { config: { namespace, name: metadata.name, source, contentHash: hash, files }, faults, inputs };
}

const CHUNK = 8_190;

/** Standard base64; in pieces whose length is a multiple of 3, so that they can be joined. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return text;
}
