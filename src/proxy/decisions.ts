// What is left to decide of a request once its place is known: by its method, and then by its headers. Each decision has
// a name that stands for it in the maps, and equal ones are made once.

import { invariant } from '../kernel/invariant.ts';
import type { HeaderMatch } from '../kernel/route.ts';
import type { Candidate, Level } from './precedence.ts';

/** No other outcome begins like this. */
export const RULE = 'r';
export const ruleName = (rule: number): string => `${RULE}${rule}`;

/** Rules that headers choose between, in this order. */
export interface Choice {
  readonly name: string;
  readonly options: readonly { readonly rule: number; readonly headers: readonly HeaderMatch[] }[];
}

/** Methods that stand for themselves, and an outcome for all others. */
export interface MethodTable {
  readonly name: string;
  readonly outcomes: ReadonlyMap<string, string>;
  /** Null: other methods lead nowhere. */
  readonly otherwise: string | null;
}

export class Decisions {
  readonly #level: Level;
  readonly #choices = new Map<string, Choice>();
  readonly #tables = new Map<string, MethodTable>();

  constructor(level: Level) {
    this.#level = level;
  }

  get choices(): readonly Choice[] {
    return [...this.#choices.values()];
  }

  get tables(): readonly MethodTable[] {
    return [...this.#tables.values()];
  }

  /** The name of the rule, choice or table that decides between these; there is at least one. */
  between(candidates: readonly Candidate[]): string {
    const methods = [...new Set(candidates.flatMap(({ match }) => match.methods))].sort();
    if (methods.length === 0) {
      const choice = this.#choice(candidates);
      invariant(choice !== null, 'a place has a rule');
      return choice;
    }
    const key = candidates.map(({ rule }) => rule).join(' ');
    const known = this.#tables.get(key);
    if (known !== undefined) return known.name;
    const outcomes = new Map<string, string>();
    for (const method of methods) {
      const outcome = this.#choice(candidates.filter((one) => isFor(one, method)));
      if (outcome !== null) outcomes.set(method, outcome);
    }
    const otherwise = this.#choice(candidates.filter(({ match }) => match.methods.length === 0));
    const table = { name: `methods.${this.#level}.${this.#tables.size}`, outcomes, otherwise };
    this.#tables.set(key, table);
    return table.name;
  }

  #choice(candidates: readonly Candidate[]): string | null {
    const options: Choice['options'][number][] = [];
    for (const { rule, match } of candidates) {
      options.push({ rule, headers: match.headers });
      if (match.headers.length === 0) break;
    }
    const [first] = options;
    if (first === undefined) return null;
    if (first.headers.length === 0) return ruleName(first.rule);
    const key = options.map(({ rule }) => rule).join(' ');
    const known = this.#choices.get(key) ?? { name: `choice.${this.#level}.${this.#choices.size}`, options };
    this.#choices.set(key, known);
    return known.name;
  }
}

const isFor = ({ match }: Candidate, method: string): boolean =>
  match.methods.length === 0 || match.methods.includes(method);
