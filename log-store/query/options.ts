import { parsingError } from '../engine/store-error.ts';

/** How clauses of the query DSL carry their options. */
export type Body = Readonly<Record<string, unknown>>;

/** Refuses options that the clause does not have: a misspelt one would silently change the answer. Every clause has a boost and a name. */
export function onlyOptions(clause: string, options: Body, known: string): void {
  const names = known.split(' ');
  for (const name of Object.keys(options)) {
    if (name !== 'boost' && name !== '_name' && !names.includes(name)) {
      throw parsingError(`[${clause}] query does not support [${name}]`, [name]);
    }
  }
}

export function objectOf(value: unknown, name: string): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw parsingError(`[${name}] query malformed, no start_object after query name`);
  }
  return value as Body;
}

/** The one field of a clause and what is said about it. */
export function single(body: Body, name: string): [string, unknown] {
  const entries = Object.entries(body).filter(([key]) => key !== 'boost' && key !== '_name');
  const [first, second] = entries;
  if (!first) throw parsingError(`[${name}] query malformed, no field specified`);
  if (second) {
    throw parsingError(`[${name}] query doesn't support multiple fields, found [${first[0]}] and [${second[0]}]`, [
      second[0],
    ]);
  }
  return first;
}

/** `{field: value}` or `{field: {query|value: value, …options}}`. */
export function valueOf(spec: unknown, name: string): { value: unknown; options: Body } {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return { value: spec, options: {} };
  const options = spec as Body;
  return { value: options[name], options };
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function booleanOf(value: unknown): boolean {
  return value === true || value === 'true';
}

export function requiredString(value: unknown, query: string, name: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw parsingError(`[${query}] must be provided with a [${name}]`, [], 'end');
  return value;
}
