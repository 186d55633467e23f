// Wildcards over paths without regular expressions: a pattern comes from a user's repository, and a
// hostile one must cost no more than its length times that of the path.

/** `*` stands for any run of characters within a name, `?` for one character. */
function matchesName(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      starAt = p;
      resumeAt = n;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p += 1;
      n += 1;
    } else if (starAt !== -1) {
      p = starAt + 1;
      resumeAt += 1;
      n = resumeAt;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** Matches names one by one; the pattern `**` stands for any number of names, also none. */
export function matchesPath(pattern: readonly string[], path: readonly string[]): boolean {
  // reachable[i]: the first i parts of the pattern match the names read so far.
  let reachable = skipStars(pattern, new Set([0]));
  for (const name of path) {
    const next = new Set<number>();
    for (const index of reachable) {
      const part = pattern[index];
      if (part === '**') next.add(index);
      else if (part !== undefined && matchesName(part, name)) next.add(index + 1);
    }
    reachable = skipStars(pattern, next);
  }
  return reachable.has(pattern.length);
}

function skipStars(pattern: readonly string[], reachable: Set<number>): Set<number> {
  for (const index of reachable) if (pattern[index] === '**') reachable.add(index + 1);
  return reachable;
}
