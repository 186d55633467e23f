// `kind: Config`: files that services mount as a directory.

import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { isPrintable } from '../position.ts';
import { DEFAULTS } from './defaults.ts';
import { fileMode, optional, reject } from './values.ts';

const FORM = 'must be a relative path of plain names, without `..`';

/** A path of plain names: no `..`, nothing absolute, no backslash, no control character. */
export function isPlainPath(path: string): boolean {
  if (path === '' || path.length > 1024 || path.includes('\\') || !isPrintable(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
}

type Context = Parameters<typeof reject>[0];

function refuseNames(names: readonly string[], context: Context): void {
  for (const name of names) {
    if (!isPlainPath(name)) reject(context, FORM, { path: [name], code: 'manifest/path', onKey: true });
  }
}

function refusePaths(
  paths: readonly (readonly [key: string | number, path: string])[],
  context: Context,
): void {
  for (const [key, path] of paths) {
    if (!isPlainPath(path)) reject(context, FORM, { path: [key], code: 'manifest/path' });
  }
}

const data = z
  .record(z.string(), z.string())
  .superRefine((entries, context) => refuseNames(Object.keys(entries), context));

export interface ConfigFileReference {
  /** Path inside the mounted directory. */
  readonly name: string;
  /** Path in the repository, relative to the directory of the manifest. */
  readonly path: string;
  /** Where it stands in `spec.files`. */
  readonly key: string | number;
}

const fileMap = z.record(z.string(), z.string()).transform((entries, context): ConfigFileReference[] => {
  const pairs = Object.entries(entries);
  refuseNames(Object.keys(entries), context);
  refusePaths(pairs, context);
  return pairs.map(([name, path]) => ({ name, path, key: name }));
});

const fileList = z.array(z.string()).transform((paths, context): ConfigFileReference[] => {
  refusePaths(
    paths.map((path, index) => [index, path] as const),
    context,
  );
  return paths.map((path, index) => ({ name: path.split('/').at(-1) ?? path, path, key: index }));
});

export const configSpec = z
  .strictObject({
    data: optional(data, {
      description: 'Files with their text, by path inside the mounted directory.',
      examples: [{ 'nginx.conf': 'events {}\n' }],
    }),
    files: optional(z.union([fileList, fileMap]), {
      description:
        'Files of the repository, at or below the directory of the manifest: a list of paths (each keeps its last name), or a map from path inside the mounted directory to path in the repository.',
      examples: [['conf/nginx.conf'], { 'nginx.conf': 'conf/production.conf' }],
    }),
    mode: optional(fileMode, {
      description: 'Octal mode of the files, with a leading zero.',
      default: DEFAULTS.configMode,
      examples: ['0640'],
    }),
  })
  .superRefine((spec, context) => {
    if (spec.data === undefined && spec.files === undefined) reject(context, 'needs `data` or `files`');
    const taken = new Set(Object.keys(spec.data ?? {}));
    for (const file of spec.files ?? []) {
      if (taken.has(file.name)) {
        reject(context, 'two files of this Config have the same name', {
          path: ['files', file.key],
          code: 'manifest/duplicate',
        });
      }
      taken.add(file.name);
    }
    if (taken.size > LIMITS.configFiles) {
      reject(context, `more than ${LIMITS.configFiles} files`, { code: 'manifest/limit' });
    }
    for (const name of taken) refuseFileAsDirectory(name, taken, context);
  });

function refuseFileAsDirectory(name: string, taken: ReadonlySet<string>, context: Context): void {
  const parts = name.split('/');
  for (let length = 1; length < parts.length; length += 1) {
    if (taken.has(parts.slice(0, length).join('/'))) {
      reject(context, 'a file of this Config has the name of a directory of another', {
        code: 'manifest/duplicate',
      });
    }
  }
}
