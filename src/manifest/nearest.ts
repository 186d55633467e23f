// "Did you mean …?": the closest of the valid names to one that is not.

/** Edit distance (insert, delete, replace, swap of neighbours), or `limit + 1` where it is larger. */
function distanceWithin(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

const flat = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, '');

/**
 * The candidate closest to `name`, null where none is close. Case, `-` and `_` do not count, so
 * `depends_on` finds `dependsOn`; otherwise two edits, and one for names of up to four characters.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length > 64) return null;
  const limit = name.length <= 4 ? 1 : 2;
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = flat(candidate) === flat(name) ? 0 : distanceWithin(name, candidate, limit);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean …?` or nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === null ? '' : `; did you mean \`${found}\`?`;
}
