// Where files may lie: the top level of the repository, the rooms, and the one folder for code that
// old Nodes must be able to read.

const TOP_LEVEL = new Set([
  'LICENSE',
  'README.md',
  'biome.json',
  'hooks',
  'knip.json',
  'manifests-example',
  'package-lock.json',
  'package.json',
  'src',
  'test',
  'vitest.config.ts',
  // Made by commands, never committed.
  'coverage',
  'dist',
  'node_modules',
]);

/** What lies at the top level and has no business there; `entries` are the names of one folder. */
export function strangersAtTopLevel(entries: readonly string[]): readonly string[] {
  return entries.filter(
    (entry) => !TOP_LEVEL.has(entry) && !entry.startsWith('.') && !/^tsconfig(\.\w+)?\.json$/.test(entry),
  );
}

/** `paths` are relative to the repository. */
export function misplacedFiles(paths: readonly string[]): readonly string[] {
  return paths.filter((file) => {
    const isForOldNodes = /\.c[jt]s$/.test(file);
    const isBootstrap = file.startsWith('src/bootstrap/');
    return isForOldNodes !== isBootstrap && /\.[cm]?[jt]sx?$/.test(file);
  });
}
