// Which container a line of a log comes from, as short as it can be said: nothing where there is one
// container, `web.0` where ordinals tell them apart, with revision and attempt where they do not.

/** `shop.web.REVISION.0.1`, as engines know it. */
function partsOf(container: string): { readonly short: string; readonly exact: string } {
  const [, service = container, revision = '', ordinal = '', attempt = ''] = container.split('.');
  const short = `${service}.${ordinal}`;
  return { short, exact: `${short} ${revision}.${attempt}` };
}

export class LogLabels {
  readonly #known = new Set<string>();
  #labels: ReadonlyMap<string, string> = new Map();

  /** Lines of this container may follow. */
  add(container: string): void {
    if (this.#known.has(container)) return;
    this.#known.add(container);
    const shorts = [...this.#known].map((name) => partsOf(name).short);
    const labels = [...this.#known].map((name): [string, string] => {
      const { short, exact } = partsOf(name);
      return [name, shorts.filter((other) => other === short).length > 1 ? exact : short];
    });
    const width = Math.max(...labels.map(([, label]) => label.length));
    this.#labels = new Map(labels.map(([name, label]) => [name, label.padEnd(width)]));
  }

  /** For a sentence about it. */
  of(container: string): string {
    return (this.#labels.get(container) ?? partsOf(container).short).trimEnd();
  }

  /** `web.0 | `; empty while there is one container only. */
  prefixOf(container: string): string {
    return this.#known.size > 1 ? `${this.#labels.get(container) ?? container} | ` : '';
  }
}
