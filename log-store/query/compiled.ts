import type { TermGroups } from '../engine/bloom-rows.ts';
import type { RollupEntry } from '../engine/rollup.ts';
import type { DocView } from './doc-view.ts';
import type { Mark } from './mark.ts';
import { allSelects, byDocument, byPath, noSelects, someSelects, type Select } from './select.ts';

/** A query made ready for one index: the exact test, and what lets blocks be passed over without opening them. */
export interface CompiledQuery {
  readonly matches: (doc: DocView) => boolean;
  /** The same test for all rows of a block together. */
  readonly select: Select;
  /** Terms every match has; empty when nothing is known. */
  readonly terms: TermGroups;
  /** No match is before or after these times (inclusive milliseconds). */
  readonly fromMs: number;
  readonly toMs: number;
  /** When the query tests nothing but time, stream and level: the test of a rollup entry of a block that lies between `fromMs` and `toMs`. */
  readonly rollup?: ((entry: RollupEntry) => boolean) | undefined;
  /** What to highlight of a match. */
  readonly marks?: readonly Mark[] | undefined;
}

export const matchAll: CompiledQuery = {
  matches: () => true,
  select: () => undefined,
  terms: [],
  fromMs: -Infinity,
  toMs: Infinity,
  rollup: () => true,
};

export const matchNone: CompiledQuery = {
  matches: () => false,
  select: (_index, _rows, marks) => marks.fill(0),
  terms: [],
  fromMs: Infinity,
  toMs: -Infinity,
  rollup: () => false,
};

/** More terms than this do not make the search of blooms more selective, only slower. */
const MAX_TERM_GROUPS = 12;
const MAX_GROUP_TERMS = 64;

/** A query that is a test of each document, with a quicker way to do the same for a block where there is one. */
export function byTest(
  matches: (doc: DocView) => boolean,
  terms: TermGroups = [],
  select: Select = byDocument(matches),
): CompiledQuery {
  return { matches, select, terms, fromMs: -Infinity, toMs: Infinity };
}

/** A query that looks at nothing but one field's values. */
export function onField(
  { sourcePath }: { readonly sourcePath: string },
  matches: (doc: DocView) => boolean,
  terms: TermGroups = [],
): CompiledQuery {
  return byTest(matches, terms, byPath(sourcePath, matches));
}

export function allOf(parts: readonly CompiledQuery[]): CompiledQuery {
  const [only] = parts;
  if (!only) return matchAll;
  if (parts.length === 1) return only;
  const tests = parts.map((part) => part.matches);
  const rollups = parts.map((part) => part.rollup);
  return {
    matches: (doc) => {
      for (const test of tests) if (!test(doc)) return false;
      return true;
    },
    select: allSelects(parts.map((part) => part.select)),
    terms: parts.flatMap((part) => part.terms).slice(0, MAX_TERM_GROUPS),
    fromMs: Math.max(...parts.map((part) => part.fromMs)),
    toMs: Math.min(...parts.map((part) => part.toMs)),
    rollup: rollups.every((rollup) => rollup !== undefined)
      ? (entry) => rollups.every((rollup) => rollup(entry))
      : undefined,
    marks: parts.flatMap((part) => part.marks ?? []),
  };
}

/** At least `minimum` of the parts. */
export function someOf(parts: readonly CompiledQuery[], minimum = 1): CompiledQuery {
  const [only] = parts;
  if (minimum <= 0) return matchAll;
  if (!only || minimum > parts.length) return matchNone;
  if (minimum === parts.length) return allOf(parts);
  const tests = parts.map((part) => part.matches);
  // One group of each part, together: a match has a term of at least one part.
  const groups = parts.map((part) => part.terms[0]);
  const union = groups.every((group) => group !== undefined) ? groups.flat() : [];
  const sameBounds = parts.every((part) => part.fromMs === only.fromMs && part.toMs === only.toMs);
  const rollups = parts.map((part) => part.rollup);
  return {
    matches: (doc) => {
      let count = 0;
      for (const test of tests) if (test(doc) && ++count >= minimum) return true;
      return false;
    },
    select: someSelects(
      parts.map((part) => part.select),
      minimum,
    ),
    terms: union.length > 0 && union.length <= MAX_GROUP_TERMS ? [union] : [],
    fromMs: Math.min(...parts.map((part) => part.fromMs)),
    toMs: Math.max(...parts.map((part) => part.toMs)),
    rollup:
      sameBounds && minimum === 1 && rollups.every((rollup) => rollup !== undefined)
        ? (entry) => rollups.some((rollup) => rollup(entry))
        : undefined,
    marks: parts.flatMap((part) => part.marks ?? []),
  };
}

export function noneOf(parts: readonly CompiledQuery[]): CompiledQuery {
  const tests = parts.map((part) => part.matches);
  const rollups = parts.map((part) => (part.fromMs === -Infinity && part.toMs === Infinity ? part.rollup : undefined));
  return {
    matches: (doc) => {
      for (const test of tests) if (test(doc)) return false;
      return true;
    },
    select: noSelects(parts.map((part) => part.select)),
    terms: [],
    fromMs: -Infinity,
    toMs: Infinity,
    rollup: rollups.every((rollup) => rollup !== undefined)
      ? (entry) => !rollups.some((rollup) => rollup(entry))
      : undefined,
  };
}
