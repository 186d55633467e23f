// Defaults are written as in a manifest, so that the reference page can show them.

import { parseDuration } from '../kernel/time.ts';

/** A default written as a duration, in ms. */
export const defaultMs = (text: string): number => parseDuration(text) ?? 0;
