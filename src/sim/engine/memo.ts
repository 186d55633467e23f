// A value that is computed when somebody asks and kept until what it is made of has changed.

export class Memo<T> {
  readonly #make: () => T;
  #kept: { readonly value: T } | null = null;

  constructor(make: () => T) {
    this.#make = make;
  }

  get(): T {
    this.#kept ??= { value: this.#make() };
    return this.#kept.value;
  }

  drop(): void {
    this.#kept = null;
  }
}
