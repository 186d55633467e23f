// A broken invariant is a bug in Plimsoll, never a user's mistake: it stops loudly.

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new InvariantViolation(`bug in Plimsoll: ${what}`);
}
