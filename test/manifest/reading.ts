// Short forms for the tests of manifests: text in, places and codes out.

import type { Problem } from '../../src/kernel/errors.ts';
import type { ManifestDocument } from '../../src/manifest/document.ts';
import { type ManifestReading, readManifests, type SourceFile } from '../../src/manifest/read.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file whose blob id is its text, so that equal texts have equal ids. */
export const sourceFile = (path: string, content: string | Uint8Array): SourceFile => ({
  path,
  blob: typeof content === 'string' ? content : `bytes ${content.length}`,
  bytes: typeof content === 'string' ? bytesOf(content) : content,
});

/** Reads files given as path → content. */
export const read = (files: Readonly<Record<string, string | Uint8Array>>): ManifestReading =>
  readManifests(Object.entries(files).map(([path, content]) => sourceFile(path, content)));

/** `web.yaml:6:3 manifest/unknown-key` */
export function placeAndCode({ span, code }: Problem): string {
  return span === undefined ? code : `${span.file}:${span.line}:${span.column} ${code}`;
}

export const problemsIn = (text: string | Uint8Array, path = 'm.yaml'): readonly string[] =>
  read({ [path]: text }).problems.map(placeAndCode);

/** The head of a Service; what follows is line 6, and belongs into `spec`. */
const SERVICE_HEAD = `apiVersion: plimsoll.dev/v1
kind: Service
metadata: { name: web }
spec:
  image: nginx:1.27
`;

/** A service with further keys of its spec: `replicas: 3`, one per line. */
export const service = (keys: string): string =>
  SERVICE_HEAD +
  keys
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');

/** A document of another kind with the lines of its spec; they begin at line 5. */
export const manifest = (kind: string, name: string, keys: string): string =>
  `apiVersion: plimsoll.dev/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
${keys
  .split('\n')
  .map((line) => `  ${line}\n`)
  .join('')}`;

/** The only document of a text that must be free of problems. */
export function only(text: string, path = 'm.yaml'): ManifestDocument {
  const { documents, problems } = read({ [path]: text });
  const [document, ...more] = documents;
  if (problems.length > 0 || document === undefined || more.length > 0) {
    throw new Error(`expected one document, got ${documents.length} and ${JSON.stringify(problems)}`);
  }
  return document;
}

/** The spec of the only service of a text. */
export function specOf(keys: string) {
  const document = only(service(keys));
  if (document.kind !== 'Service') throw new Error(`expected a Service, got a ${document.kind}`);
  return document.manifest.spec;
}

/** What a piece of work takes of this thread's CPU: other work on the machine does not count. */
export function cpuMs(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
