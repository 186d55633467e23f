// Watches the words of a YAML text before the parser builds anything of them: the parser is recursive
// and builds every node, so depth, nodes and documents have to be bounded in front of it.

import { LIMITS } from './limits.ts';

export class YamlGuard {
  #documents = 0;
  #nodes = 0;
  #flowDepth = 0;
  #lineDepth = 0;
  #scalarFollows = false;
  #hasMarker = false;

  /**
   * Takes the next lexeme of `yaml`'s Lexer; the answer is the limit that it exceeds, null where it is
   * within all of them.
   */
  exceededBy(lexeme: string): string | null {
    if (this.#scalarFollows) {
      this.#scalarFollows = false;
      return null;
    }
    switch (lexeme) {
      case '\u0002':
        this.#beginDocument(false);
        break;
      case '---':
        // The marker of a document that has begun already, unless something stands before it.
        if (this.#hasMarker || this.#nodes > 0) this.#beginDocument(true);
        this.#hasMarker = true;
        break;
      case '\u001f':
        this.#scalarFollows = true;
        this.#nodes += 1;
        break;
      case '\n':
      case '\r\n':
        this.#lineDepth = 0;
        break;
      case '[':
      case '{':
        this.#flowDepth += 1;
        this.#nodes += 1;
        break;
      case ']':
      case '}':
        this.#flowDepth = Math.max(0, this.#flowDepth - 1);
        break;
      case '-':
      case '?':
      case ':':
      case ',':
        if (this.#flowDepth === 0 && lexeme !== ',') this.#lineDepth += 1;
        this.#nodes += 1;
        break;
      default:
        if (lexeme.startsWith('"') || lexeme.startsWith("'")) this.#nodes += 1;
    }
    return this.#verdict();
  }

  #beginDocument(hasMarker: boolean): void {
    this.#documents += 1;
    this.#hasMarker = hasMarker;
    this.#nodes = 0;
    this.#flowDepth = 0;
    this.#lineDepth = 0;
  }

  #verdict(): string | null {
    if (this.#flowDepth > LIMITS.depth || this.#lineDepth > LIMITS.depth) {
      return `nested deeper than ${LIMITS.depth} levels`;
    }
    // A pair of a map has four words (key, colon, value, comma) for two nodes.
    if (this.#nodes > 2 * LIMITS.nodes) return `more than ${LIMITS.nodes} values in one document`;
    if (this.#documents > LIMITS.documents) return `more than ${LIMITS.documents} documents in one file`;
    return null;
  }
}
