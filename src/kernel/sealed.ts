// A secret value that cannot be printed by accident: every way to turn it into text gives `***`.

const contents = new WeakMap<object, unknown>();

export class Sealed<T> {
  constructor(value: T) {
    contents.set(this, value);
  }

  /** The only way to the value; call it as late as possible. */
  open(): T {
    // The map holds exactly what this instance's constructor stored.
    return contents.get(this) as T;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}
