/**
 * The JSONPath of Kubernetes' printer columns and selectable fields: members (`.spec.replicas`, `.metadata.labels.app\.kubernetes\.io/name`, `['name']`),
 * items (`[0]`, `[-1]`, `[*]`) and filters by equality (`[?(@.type=="Ready")]`). Other expressions are refused when the path is compiled.
 */
export interface JsonPath {
  readonly text: string;
  /** Every value that the path leads to, in order. */
  valuesOf(root: unknown): readonly unknown[];
}

/** A path that cannot be read; `at` is the position of the character at which reading stopped. */
export class JsonPathError extends Error {
  readonly at: number;

  constructor(text: string, at: number, expected: string) {
    super(`expected ${expected} at character ${at + 1} of ${JSON.stringify(text)}`);
    this.name = 'JsonPathError';
    this.at = at;
  }
}

type Step = (values: readonly unknown[]) => unknown[];

/** Longer paths are not written by anybody who means well. */
const MAX_LENGTH = 2_000;

/** Reads `.spec.replicas`, with or without the braces that kubectl writes around it. Throws `JsonPathError`. */
export function compileJsonPath(text: string): JsonPath {
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  if (inner.length > MAX_LENGTH) throw new JsonPathError(text.slice(0, 50), MAX_LENGTH, 'a shorter path');
  const steps = new Parser(inner).steps();
  return {
    text,
    valuesOf: (root) => steps.reduce<readonly unknown[]>((values, step) => step(values), [root]),
  };
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    if (this.#text[this.#at] === '$') this.#at++;
    if (this.#text === '.') return steps;
    if (this.#at >= this.#text.length) throw this.#error('a path such as .spec.replicas');
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === '.') {
        this.#at++;
        if (this.#text[this.#at] === '[') continue;
        steps.push(this.#text[this.#at] === '*' ? this.#wildcard() : member(this.#name()));
      } else if (char === '[') {
        this.#at++;
        steps.push(this.#bracket());
      } else {
        throw this.#error('"." or "["');
      }
    }
    return steps;
  }

  #wildcard(): Step {
    this.#at++;
    return everything;
  }

  #name(): string {
    let name = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at] ?? '';
      if (char === '\\' && this.#at + 1 < this.#text.length) {
        name += this.#text[++this.#at];
        continue;
      }
      if (/[.[\]'"()@?=\s]/.test(char)) break;
      name += char;
    }
    if (name === '') throw this.#error('a name');
    return name;
  }

  #bracket(): Step {
    const rest = this.#text.slice(this.#at);
    const index = /^(-?\d+)\]/.exec(rest);
    if (index) return this.#took(index[0], item(Number(index[1])));
    if (rest.startsWith('*]')) return this.#took('*]', everything);
    const quoted = /^(?:'([^']*)'|"([^"]*)")\]/.exec(rest);
    if (quoted) return this.#took(quoted[0], member(quoted[1] ?? quoted[2] ?? ''));
    const filter =
      /^\?\(\s*@((?:\.[^\s=!.[\]()]+)+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|(true|false|-?\d+(?:\.\d+)?))\s*\)\]/.exec(
        rest,
      );
    if (filter) {
      const wanted = filter[5] === undefined ? (filter[3] ?? filter[4] ?? '') : (JSON.parse(filter[5]) as unknown);
      const path = compileJsonPath(filter[1] ?? '');
      const isEqual = filter[2] === '==';
      return this.#took(filter[0], (values) =>
        everything(values).filter((value) => path.valuesOf(value).some((found) => found === wanted) === isEqual),
      );
    }
    throw this.#error('an index, "*", a quoted name or a filter such as [?(@.type=="Ready")]');
  }

  #took(text: string, step: Step): Step {
    this.#at += text.length;
    return step;
  }

  #error(expected: string): JsonPathError {
    return new JsonPathError(this.#text, this.#at, expected);
  }
}

function member(name: string): Step {
  return (values) =>
    values.flatMap((value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
        ? [(value as Readonly<Record<string, unknown>>)[name]]
        : [],
    );
}

function item(index: number): Step {
  return (values) =>
    values.flatMap((value) => {
      if (!Array.isArray(value)) return [];
      const at = index < 0 ? value.length + index : index;
      return at >= 0 && at < value.length ? [value[at] as unknown] : [];
    });
}

const everything: Step = (values) =>
  values.flatMap((value): unknown[] => {
    if (Array.isArray(value)) return value;
    return typeof value === 'object' && value !== null ? Object.values(value) : [];
  });
