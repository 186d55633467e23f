// Names and kinds of tree entries that Plimsoll refuses. Nothing is checked out, but paths of a source
// become files in containers and words in messages; what Git itself forbids, or what shows one name and
// means another, stops here.

import { hasControlCharacter, hasInvisibleCharacter } from './text.ts';

const MAX_NAME_BYTES = 255;

/**
 * Why an entry may not stand in a source's tree, or null. `name` is null where its bytes are not UTF-8;
 * `mode` is Git's octal text.
 */
export function unsafeEntry(mode: string, name: string | null): string | null {
  if (name === null) return 'a name that is not valid UTF-8';
  const name_ = unsafeName(name);
  if (name_ !== null) return name_;
  switch (mode) {
    case '40000':
    case '040000':
    case '100644':
    case '100664':
    case '100755':
      return null;
    case '120000':
      return 'a symbolic link';
    case '160000':
      return 'a submodule';
    default:
      return `an entry of unknown mode ${mode}`;
  }
}

/** Why a file or folder of this name is refused, or null. */
export function unsafeName(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'a name that leaves the tree';
  if (name.includes('/') || name.includes('\\')) return 'a name with a slash or backslash';
  if (hasControlCharacter(name)) return 'a name with a control character';
  if (isDotGit(name)) return 'a variant of the name .git';
  if (hasInvisibleCharacter(name)) return 'a name with an invisible character';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return 'a name of more than 255 bytes';
  return null;
}

/**
 * What some file system takes for `.git`: any case, trailing blanks and dots and streams (NTFS), the
 * short name `git~1` (NTFS), ignorable characters and compatibility forms (HFS+).
 */
function isDotGit(name: string): boolean {
  const plain = name
    .replace(/\p{Cf}/gu, '')
    .normalize('NFKC')
    .split(':', 1)[0]
    ?.replace(/[. ]+$/, '')
    .toLowerCase();
  return plain === '.git' || (plain !== undefined && /^\.?git~[0-9]+$/.test(plain));
}
