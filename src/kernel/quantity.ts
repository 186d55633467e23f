// Byte sizes and shares as Compose and Kubernetes write them.

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  ki: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mi: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gi: 1024 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1024 ** 4,
  ti: 1024 ** 4,
  tib: 1024 ** 4,
};

/**
 * Reads a byte size: `64m`, `1.5gb`, `512Mi`, `1024`. All units are powers of 1024, as in the Compose
 * specification. Null where it is none.
 */
export function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  const unit = BYTE_UNITS[match?.[2] ?? '?'];
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

/** A size for people: `512 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let index = 0;
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024;
    index += 1;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
}

/** Reads a number of CPUs: `0.5`, `2`, and Kubernetes' `500m`. Null where it is none. */
export function parseCpus(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text.trim());
  if (match === null) return null;
  return match[2] === 'm' ? Number(match[1]) / 1000 : Number(match[1]);
}

/** A count (`3`) or a share of the replicas (`25%`). */
export type CountOrPercent = number | `${number}%`;

/** Resolves a count or share against `total`; a share is rounded as the caller says. */
export function resolveCount(value: CountOrPercent, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const exact = (Number(value.slice(0, -1)) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
