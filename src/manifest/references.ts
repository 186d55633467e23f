// Which files of the repository the Config documents refer to.

import type { Span } from '../kernel/errors.ts';
import { type DocumentOf, type ManifestDocument, valueSpan } from './document.ts';

export interface FileReference {
  /** Path below the path of the source. */
  readonly path: string;
  /** Path inside the mounted directory. */
  readonly name: string;
  readonly span: Span;
}

/** The files behind one Config, in the order in which they are written. */
export function configFileReferences(document: DocumentOf<'Config'>): readonly FileReference[] {
  const directory = document.file.includes('/')
    ? document.file.slice(0, document.file.lastIndexOf('/') + 1)
    : '';
  // The schema admits relative paths of plain names only, so joining cannot leave the directory.
  return (document.manifest.spec.files ?? []).map((file) => ({
    path: directory + file.path,
    name: file.name,
    span: valueSpan(document, ['spec', 'files', file.key]),
  }));
}

/** Every repository file that the documents refer to; the caller reads them for `resolveDesired`. */
export function fileReferences(documents: readonly ManifestDocument[]): readonly FileReference[] {
  return documents.flatMap((document) => (document.kind === 'Config' ? configFileReferences(document) : []));
}
