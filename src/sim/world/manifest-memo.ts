// Simulated controllers come and go and read the same few files again and again: reading them is the most
// expensive thing that they do. What was read once in this process need not be read again.

import { ResolutionCache } from '../../desired/cache.ts';
import type { FileReading, ReadingMemo } from '../../manifest/cache.ts';

/** What documents were resolved to, in the company of others that are compared. */
export const resolvedDocuments = new ResolutionCache();

const KEPT = 5_000;
const readings = new Map<string, FileReading>();

export const manifestMemo: ReadingMemo = {
  reading(place, blob, read) {
    const key = `${blob} ${place}`;
    const known = readings.get(key);
    if (known !== undefined) return known;
    const reading = read();
    if (readings.size >= KEPT) readings.clear();
    readings.set(key, reading);
    return reading;
  },
};
