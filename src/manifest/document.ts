// One document of a manifest file, checked against the schema of its kind.

import type { Json } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { diagnose } from './diagnose.ts';
import { issueText } from './issue-text.ts';
import { nearest } from './nearest.ts';
import { type Path, type Positions, spanOfValue } from './position.ts';
import {
  API_VERSION,
  type ConfigManifest,
  type HostManifest,
  KINDS,
  type Kind,
  type NamespaceManifest,
  type RouteManifest,
  type ServiceManifest,
} from './schema/manifest.ts';
import { typeName } from './schema/values.ts';
import type { YamlDocument } from './yaml.ts';

/** A file with one content. */
export interface FilePlace {
  /** Below the path of the source. */
  readonly path: string;
  readonly blob: string;
  /** Where a person finds it; see `ManifestCache.placeOf`. */
  readonly place: string;
}

interface DocumentPlace {
  /** File, place in it and content: equal ids mean equal documents. */
  readonly id: string;
  /** Path below the path of the source. */
  readonly file: string;
  /** Where a person finds the file. */
  readonly place: string;
  readonly positions: Positions;
}

/** A document that has the form of its kind; plain data, so it can go to another thread. */
export type ManifestDocument = DocumentPlace &
  (
    | { readonly kind: 'Host'; readonly manifest: HostManifest }
    | { readonly kind: 'Namespace'; readonly manifest: NamespaceManifest }
    | { readonly kind: 'Service'; readonly manifest: ServiceManifest }
    | { readonly kind: 'Config'; readonly manifest: ConfigManifest }
    | { readonly kind: 'Route'; readonly manifest: RouteManifest }
  );

export type DocumentOf<K extends Kind> = Extract<ManifestDocument, { readonly kind: K }>;

/** Where the value at `path` of a document stands. */
export const valueSpan = (document: ManifestDocument, path: Path) =>
  spanOfValue(document.place, document.positions, path);

const WORDING = { error: issueText };
const IGNORE_HINT = 'If it is no manifest of Plimsoll, name it in `.plimsollignore` (see the reference).';

/** Checks one YAML document: its envelope first, so that a foreign file gets one clear sentence. */
export function readDocument(
  { path: file, blob, place: shown }: FilePlace,
  yaml: YamlDocument,
): Result<ManifestDocument, readonly Problem[]> {
  const { value, positions } = yaml;
  const foreign = checkEnvelope(shown, value, positions);
  if ('problem' in foreign) return err([foreign.problem]);
  const place: DocumentPlace = { id: `${file}#${yaml.index}@${blob}`, file, place: shown, positions };
  const { kind } = foreign;
  const refuse = (issues: Parameters<typeof diagnose>[1]) =>
    err(diagnose({ file: shown, kind, value, positions }, issues));
  switch (kind) {
    case 'Host': {
      const parsed = KINDS.Host.safeParse(value, WORDING);
      return parsed.success ? ok({ ...place, kind, manifest: parsed.data }) : refuse(parsed.error.issues);
    }
    case 'Namespace': {
      const parsed = KINDS.Namespace.safeParse(value, WORDING);
      return parsed.success ? ok({ ...place, kind, manifest: parsed.data }) : refuse(parsed.error.issues);
    }
    case 'Service': {
      const parsed = KINDS.Service.safeParse(value, WORDING);
      return parsed.success ? ok({ ...place, kind, manifest: parsed.data }) : refuse(parsed.error.issues);
    }
    case 'Config': {
      const parsed = KINDS.Config.safeParse(value, WORDING);
      return parsed.success ? ok({ ...place, kind, manifest: parsed.data }) : refuse(parsed.error.issues);
    }
    case 'Route': {
      const parsed = KINDS.Route.safeParse(value, WORDING);
      return parsed.success ? ok({ ...place, kind, manifest: parsed.data }) : refuse(parsed.error.issues);
    }
    default:
      return kind satisfies never;
  }
}

/** Whether a value says that it is one of our manifests, right or wrong. */
export const claimsApiVersion = (value: Json): boolean =>
  value !== null && typeof value === 'object' && 'apiVersion' in value && value.apiVersion === API_VERSION;

function checkEnvelope(
  file: string,
  value: Json,
  positions: Positions,
): { readonly kind: Kind } | { readonly problem: Problem } {
  const refuse = (path: Path, message: string, hint?: string) => ({
    problem: problem('manifest/unknown-kind', message, {
      span: spanOfValue(file, positions, path),
      ...(hint === undefined ? {} : { hint }),
    }),
  });
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return refuse([], `expected a map with apiVersion ${API_VERSION}, got ${typeName(value)}`, IGNORE_HINT);
  }
  const fields = new Map(Object.entries(value));
  const version = fields.get('apiVersion');
  if (version !== API_VERSION) {
    const message =
      version === undefined ? `apiVersion ${API_VERSION} is missing` : `apiVersion is not ${API_VERSION}`;
    return refuse(version === undefined ? [] : ['apiVersion'], message, IGNORE_HINT);
  }
  const kind = fields.get('kind');
  const known = kindNamed(kind);
  if (known !== null) return { kind: known };
  if (kind === undefined) return refuse([], `kind is missing: one of ${Object.keys(KINDS).join(', ')}`);
  const meant = typeof kind === 'string' ? nearest(kind, Object.keys(KINDS)) : null;
  return refuse(
    ['kind'],
    `kind is none of ${Object.keys(KINDS).join(', ')}`,
    meant === null ? undefined : `Did you mean \`${meant}\`?`,
  );
}

function kindNamed(name: Json | undefined): Kind | null {
  switch (name) {
    case 'Host':
    case 'Namespace':
    case 'Service':
    case 'Config':
    case 'Route':
      return name;
    default:
      return null;
  }
}
