/** A place in a body, counted from 1 as editors do. */
export interface Position {
  readonly line: number;
  readonly col: number;
}

/** Where in a JSON text the value (or the key) at a path stands, as far as the path leads; `undefined` when the text is no JSON. */
export function positionOf(
  text: string,
  path: readonly (string | number)[],
  target: 'value' | 'key' | 'end' = 'value',
): Position | undefined {
  const reader = new Reader(text);
  reader.space();
  for (const [depth, step] of path.entries()) {
    const keyAt = reader.enter(step);
    if (keyAt === undefined) break;
    if (target === 'key' && depth === path.length - 1) return lineAndColumn(text, keyAt);
  }
  if (reader.at >= text.length) return undefined;
  if (target === 'end') {
    reader.skip();
    return lineAndColumn(text, reader.at - 1);
  }
  return lineAndColumn(text, reader.at);
}

function lineAndColumn(text: string, at: number): Position {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, col: at - before.lastIndexOf('\n') };
}

/** Walks over a text that was parsed before, so that its shape needs no checks. */
class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  space(): void {
    while (/\s/.test(this.#text[this.at] ?? '')) this.at++;
  }

  /** Goes to the value behind a key or at an index; answers where the key begins, or nothing (and stays) when there is none. */
  enter(step: string | number): number | undefined {
    const from = this.at;
    const isObject = this.#text[this.at] === '{';
    if (isObject !== (typeof step === 'string')) return undefined;
    this.at++;
    for (let n = 0; this.at < this.#text.length; n++) {
      this.space();
      if (this.#text[this.at] === '}' || this.#text[this.at] === ']') break;
      const keyAt = this.at;
      const key = isObject ? this.#key() : n;
      if (key === step) return keyAt;
      this.skip();
      this.space();
      if (this.#text[this.at] === ',') this.at++;
    }
    this.at = from;
    return undefined;
  }

  /** Goes behind the value that begins here. */
  skip(): void {
    let depth = 0;
    do {
      const char = this.#text[this.at];
      if (char === '"') this.#string();
      else {
        if (char === '{' || char === '[') depth++;
        if (char === '}' || char === ']') depth--;
        this.at++;
      }
    } while (this.at < this.#text.length && (depth > 0 || !/[,\]}\s]/.test(this.#text[this.at] ?? '')));
  }

  #key(): string {
    const from = this.at;
    this.#string();
    const key: unknown = JSON.parse(this.#text.slice(from, this.at));
    this.space();
    this.at++;
    this.space();
    return String(key);
  }

  #string(): void {
    this.at++;
    while (this.at < this.#text.length && this.#text[this.at] !== '"') this.at += this.#text[this.at] === '\\' ? 2 : 1;
    this.at++;
  }
}
