import { logFields } from '../../lib/log-record.ts';
import { coerceNumber } from '../mapping/doc-values.ts';
import type { Field, IndexMapping } from '../mapping/index-mapping.ts';
import { scanTokens } from '../query/analyze.ts';
import { hashText } from './bloom.ts';
import type { TermGroups } from './bloom-rows.ts';
import { splitSequenceId } from './id-sequences.ts';

/** Keyword values longer than this are not terms, as `ignore_above` says; they are still found by scanning. */
const MAX_KEYWORD_LENGTH = 1_024;
/** Depth of objects in a document, as in Elasticsearch's `index.mapping.depth.limit`, so that no document can exhaust the stack. */
const MAX_DEPTH = 20;

/** Term of `field exists`. */
export function existsTerm(path: string): number {
  return hashText(path, 0x5bd1e995);
}

/** Term of a word or value in a field. */
export function valueTerm(path: string, value: string): number {
  return hashText(value, hashText(path));
}

/** Term of a document's `_id`: for positions in a log that of their file, as the ids of all its lines would fill the bloom. */
export function idTerm(id: string): number {
  return prefixTerm(splitSequenceId(id)?.prefix ?? id);
}

/** Term of all ids with this prefix (see `IdSequences`). */
export function prefixTerm(prefix: string): number {
  return hashText(prefix, 0x1b873593);
}

/** Terms of documents with this number in a field. Every line has another offset: those are not kept. */
export function numberTerms(path: string, value: number): TermGroups {
  return path === logFields.offset ? [] : [[valueTerm(path, String(value))]];
}

export class DocumentError extends Error {}

/**
 * Walks a parsed document once: adds fields that are new to the mapping, checks values against it, and calls `add` with the hash of everything a query may ask
 * for: words of text, values of keywords, numbers and dates, and that a field exists. Throws `DocumentError` for what the mapping refuses.
 */
export class DocumentTerms {
  readonly #mapping: IndexMapping;
  /** Paths that are objects and no fields, until the mapping changes: looking that up is dear. */
  readonly #objects = new Set<string>();
  #mappingVersion = -1;
  readonly #known = new Map<string, { readonly field: Field; readonly seed: number; readonly exists: number }>();

  constructor(mapping: IndexMapping) {
    this.#mapping = mapping;
  }

  walk(document: Readonly<Record<string, unknown>>, add: (term: number) => void): void {
    if (this.#mappingVersion !== this.#mapping.version) {
      this.#mappingVersion = this.#mapping.version;
      this.#objects.clear();
    }
    this.#object(document, '', add, 0);
  }

  #object(object: Readonly<Record<string, unknown>>, prefix: string, add: (term: number) => void, depth: number): void {
    if (depth > MAX_DEPTH) throw new DocumentError(`Limit of mapping depth [${MAX_DEPTH}] has been exceeded`);
    for (const key in object) this.#value(prefix + key, object[key], add, depth);
  }

  #value(path: string, value: unknown, add: (term: number) => void, depth: number): void {
    if (value === undefined) return;
    if (value === null) {
      const stand = this.#mapping.field(path)?.nullValue;
      if (stand !== undefined) this.#leaf(path, stand, add);
      return;
    }
    if (Array.isArray(value)) {
      for (const item of value) this.#value(path, item, add, depth + 1);
      return;
    }
    if (typeof value === 'object') {
      if (this.#objects.has(path)) return this.#object(value as Record<string, unknown>, `${path}.`, add, depth + 1);
      const field = this.#mapping.field(path);
      if (!field && this.#mapping.skips(path)) return;
      if (!field) this.#objects.add(path);
      if (!field) return this.#object(value as Record<string, unknown>, `${path}.`, add, depth + 1);
      if (field.type !== 'flattened') {
        throw new DocumentError(`failed to parse field [${path}] of type [${field.typeName}]: found an object`);
      }
      add(existsTerm(path));
      this.#flattened(path, value as Record<string, unknown>, add, depth + 1);
      return;
    }
    this.#leaf(path, value, add);
  }

  #leaf(path: string, value: unknown, add: (term: number) => void): void {
    let known = this.#known.get(path);
    if (!known) {
      const field = this.#mapping.learn(path, value);
      if (field === 'ignored') return;
      if (field === 'strict') {
        throw new DocumentError(`mapping set to strict, dynamic introduction of [${path}] is not allowed`);
      }
      if (field === 'full') throw new DocumentError(`Limit of total fields has been exceeded while adding [${path}]`);
      known = { field, seed: hashText(path), exists: existsTerm(path) };
      this.#known.set(path, known);
    }
    add(known.exists);
    const { field, seed } = known;
    switch (field.type) {
      case 'text': {
        const text = String(value);
        const lower = text.toLowerCase();
        scanTokens(lower, (start, end) => add(hashText(lower, seed, start, end)));
        // The `.keyword` beside a text field answers by value.
        if (text.length <= 256) add(hashText(text, seed ^ KEYWORD_SALT));
        return;
      }
      case 'number': {
        const number = coerceNumber(field, value);
        if (number === undefined) {
          throw new DocumentError(`failed to parse field [${path}] of type [${field.typeName}]: [${String(value)}]`);
        }
        if (path !== logFields.offset) add(hashText(String(number), seed));
        return;
      }
      case 'boolean':
        if (typeof value !== 'boolean' && value !== 'true' && value !== 'false' && value !== '') {
          throw new DocumentError(`failed to parse field [${path}] of type [boolean]: [${String(value)}]`);
        }
        add(hashText(String(value), seed));
        return;
      case 'flattened':
        throw new DocumentError(`failed to parse field [${path}] of type [${field.typeName}]: expected an object`);
      case 'keyword':
      case 'ip':
      case 'date': {
        const text = String(value);
        if (text.length <= MAX_KEYWORD_LENGTH) add(hashText(text, seed));
        return;
      }
      case 'object':
        throw new DocumentError(
          `object mapping for [${path}] tried to parse field as object, but found a concrete value`,
        );
    }
  }

  #flattened(
    path: string,
    object: Readonly<Record<string, unknown>>,
    add: (term: number) => void,
    depth: number,
  ): void {
    if (depth > MAX_DEPTH) throw new DocumentError(`Limit of mapping depth [${MAX_DEPTH}] has been exceeded`);
    for (const key in object) {
      const value = object[key];
      const leafPath = `${path}.${key}`;
      for (const item of Array.isArray(value) ? value : [value]) {
        if (item === null || item === undefined) continue;
        if (typeof item === 'object') this.#flattened(leafPath, item as Record<string, unknown>, add, depth + 1);
        else {
          const text = String(item);
          add(existsTerm(leafPath));
          add(valueTerm(leafPath, text));
          add(valueTerm(path, text));
        }
      }
    }
  }
}

const KEYWORD_SALT = 0x68e31da4;

/** Term of a whole value of a `text` field, as its `.keyword` sub-field asks for it. */
export function keywordOfTextTerm(path: string, value: string): number {
  return hashText(value, hashText(path) ^ KEYWORD_SALT);
}
