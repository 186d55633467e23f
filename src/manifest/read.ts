// The way in: the files of a source → checked documents and problems, each file read once per content.

import { type Problem, problem } from '../kernel/errors.ts';
import { type FileReading, ManifestCache } from './cache.ts';
import { byPlace } from './diagnose.ts';
import { claimsApiVersion, type FilePlace, type ManifestDocument, readDocument } from './document.ts';
import { IGNORE_FILE, IGNORE_NOTHING, type IgnoreRules, parseIgnoreFile } from './ignore.ts';
import { LIMITS } from './limits.ts';
import { fileReferences } from './references.ts';
import { isPlainPath } from './schema/config.ts';
import { quoted } from './schema/values.ts';
import { parseYaml } from './yaml.ts';

const NOTHING = new Uint8Array();

export interface SourceFile {
  /** Below the source's path, with `/`. */
  readonly path: string;
  /** Git object id, or any other name that changes with the content. */
  readonly blob: string;
  /**
   * Null where it was not fetched: only where `cache.has(path, blob)` says that the content is known, and
   * never for `.plimsollignore`.
   */
  readonly bytes: Uint8Array | null;
}

export interface ManifestReading {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly Problem[];
}

/** Whether a path is read as a manifest, before `.plimsollignore` and Config files are considered. */
export function isManifestPath(path: string): boolean {
  const names = path.split('/');
  const file = names.at(-1) ?? '';
  const isHidden = names.some((name) => /^\.(?!\.?$)/.test(name));
  return /\.(yaml|yml|json)$/.test(file) && file !== 'plimsoll.yaml' && !isHidden;
}

/**
 * The documents of a source. Read are the files that end in .yaml, .yml or .json, except names and
 * directories that start with a dot, `plimsoll.yaml`, what `.plimsollignore` at the top names, and files
 * that a Config refers to. Where there are problems the documents are incomplete: a source with problems
 * is not accepted. Documents come in the order of their files' paths.
 */
export function readManifests(
  files: readonly SourceFile[],
  cache: ManifestCache = new ManifestCache(),
): ManifestReading {
  const rules = ignoreRules(files, cache);
  const problems: Problem[] = [...rules.problems];
  const readings: { readonly path: string; readonly reading: FileReading }[] = [];
  cache.beginPass();
  for (const file of files) {
    if (isManifestPath(file.path) && !rules.ignores(file.path)) {
      const { path, blob, bytes } = file;
      if (bytes !== null || cache.has(path, blob)) {
        const place = cache.placeOf(path);
        const reading = cache.reading(path, blob, () => readFile({ path, blob, place }, bytes ?? NOTHING));
        readings.push({ path, reading });
      } else problems.push(missingContent(cache.placeOf(path)));
    }
  }
  cache.endPass(2 * readings.length + 1_000);
  readings.sort((a, b) => (a.path < b.path ? -1 : 1));
  const documents: ManifestDocument[] = [];
  const referred = new Map(
    fileReferences(readings.flatMap(({ reading }) => reading.documents)).map((reference) => [
      reference.path,
      reference,
    ]),
  );
  for (const { path, reading } of readings) {
    const reference = referred.get(path);
    if (reference === undefined) {
      documents.push(...reading.documents);
      problems.push(...reading.problems);
    } else if (reading.hasManifests) {
      // Left out silently, its services would be removed.
      problems.push(
        problem(
          'manifest/path',
          `${cache.placeOf(path)} holds manifests and cannot be a file of a Config as well`,
          {
            span: reference.span,
            hint: 'Give the file another ending than .yaml, .yml or .json, or name it in `.plimsollignore`.',
          },
        ),
      );
    }
  }
  return { documents, problems: problems.sort(byPlace) };
}

/** The files that are read as manifests: those with such names that `.plimsollignore` does not name. */
export function manifestFiles(files: readonly SourceFile[], cache: ManifestCache): readonly SourceFile[] {
  const rules = ignoreRules(files, cache);
  return files.filter((file) => isManifestPath(file.path) && !rules.ignores(file.path));
}

/**
 * Reads one of `manifestFiles` ahead of `readManifests`, which then finds it in the cache: a caller with many
 * files can let others have their turn in between. One file takes half a second at most, by `LIMITS`.
 */
export function readAhead({ path, blob, bytes }: SourceFile, cache: ManifestCache): void {
  const place = cache.placeOf(path);
  if (bytes !== null) cache.reading(path, blob, () => readFile({ path, blob, place }, bytes));
}

const missingContent = (path: string): Problem =>
  problem('source/corrupt', `the content of ${path} is missing`);

function ignoreRules(files: readonly SourceFile[], cache: ManifestCache): IgnoreRules {
  const file = files.find((one) => one.path === IGNORE_FILE);
  if (file === undefined) return IGNORE_NOTHING;
  const place = cache.placeOf(file.path);
  if (file.bytes !== null) return parseIgnoreFile(place, new TextDecoder().decode(file.bytes));
  return { ...IGNORE_NOTHING, problems: [missingContent(place)] };
}

function readFile(file: FilePlace, bytes: Uint8Array): FileReading {
  if (!isPlainPath(file.path)) {
    const unusual = problem(
      'manifest/path',
      `a file of the source has an unusual path: ${quoted(file.path)}`,
    );
    return { documents: [], problems: [unusual], hasManifests: true };
  }
  const yaml = parseYaml(file.place, bytes);
  const problems: Problem[] = [...yaml.problems];
  const documents: ManifestDocument[] = [];
  for (const document of yaml.documents) {
    const read = readDocument(file, document);
    if (read.ok) documents.push(read.value);
    else problems.push(...read.error);
  }
  const hasManifests = yaml.documents.some((document) => claimsApiVersion(document.value));
  return { documents, problems: firstProblems(problems.sort(byPlace)), hasManifests };
}

/** A broken file of a megabyte has more problems than anybody wants to store or read. */
function firstProblems(problems: readonly Problem[]): readonly Problem[] {
  const shown = problems.slice(0, LIMITS.problems);
  const last = problems.at(-1);
  if (problems.length === shown.length || last?.span === undefined) return shown;
  const message = `${problems.length - shown.length} further problems in this file`;
  return [
    ...shown,
    problem('manifest/limit', message, { span: last.span, hint: 'Correct the others first.' }),
  ];
}
