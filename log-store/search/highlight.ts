import { badRequest } from '../engine/store-error.ts';
import { globMatches } from '../mapping/glob.ts';
import type { Field, IndexMapping } from '../mapping/index-mapping.ts';
import { tokensWithBounds, type Token } from '../query/analyze.ts';
import type { DocView } from '../query/doc-view.ts';
import type { Mark } from '../query/mark.ts';
import { textOf } from '../text-of.ts';

const DEFAULT_FRAGMENT_SIZE = 100;
const DEFAULT_FRAGMENTS = 5;
const MAX_FIELDS = 1_000;
/** Of longer values the beginning is looked at, as Elasticsearch's `index.highlight.max_analyzed_offset`. */
const MAX_ANALYZED = 1_000_000;

interface FieldSpec {
  readonly pattern: string;
  readonly fragmentSize: number;
  /** 0 = the whole value. */
  readonly fragments: number;
  /** Characters of a value without a match that are shown. */
  readonly noMatchSize: number;
  readonly pre: string;
  readonly post: string;
  /** Whether only what was looked for in the same field counts. */
  readonly sameField: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

export type HighlightSpec = readonly FieldSpec[];

type Options = Readonly<Record<string, unknown>>;

export function parseHighlight(spec: unknown): HighlightSpec | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined;
  const options = spec as Options;
  const raw = options['fields'] ?? {};
  const named = Object.entries((Array.isArray(raw) ? Object.assign({}, ...raw) : raw) as Options);
  if (named.length > MAX_FIELDS) throw badRequest(`[highlight] takes at most ${MAX_FIELDS} fields`);
  return named.map(([pattern, own]) => fieldSpec(pattern, { ...options, ...(own as Options | null) }));
}

function fieldSpec(pattern: string, options: Options): FieldSpec {
  const number = (name: string, fallback: number) => {
    const value = Number(options[name] ?? fallback);
    if (!(value >= 0)) throw badRequest(`[highlight] [${name}] must be a number that is not negative`);
    return value;
  };
  const tag = (name: string, fallback: string) => {
    const given = options[name];
    return given === undefined ? fallback : textOf((Array.isArray(given) ? given[0] : given) ?? '');
  };
  return {
    pattern,
    fragmentSize: number('fragment_size', DEFAULT_FRAGMENT_SIZE),
    fragments: number('number_of_fragments', DEFAULT_FRAGMENTS),
    noMatchSize: number('no_match_size', 0),
    pre: tag('pre_tags', '<em>'),
    post: tag('post_tags', '</em>'),
    sameField: options['require_field_match'] !== false,
  };
}

/** Per field the parts of its values that the marks point at; fields without any are left out. */
export function highlight(
  doc: DocView,
  spec: HighlightSpec,
  marks: readonly Mark[],
  mapping: IndexMapping,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const wanted of spec) {
    for (const field of mapping.fields()) {
      if (!globMatches(wanted.pattern, field.path) || (field.type !== 'text' && field.type !== 'keyword')) continue;
      const own = wanted.sameField ? marks.filter(({ path }) => path === field.path) : marks;
      const values = doc.values(field.sourcePath).map((value) => String(value).slice(0, MAX_ANALYZED));
      const fragments = values.flatMap((value) => fragmentsOf(value, field, own, wanted));
      if (fragments.length > 0) {
        found[field.path] = wanted.fragments > 0 ? fragments.slice(0, wanted.fragments) : fragments;
      } else if (wanted.noMatchSize > 0 && values[0]) {
        const [first] = sentencesOf(values[0], wanted.noMatchSize);
        found[field.path] = [values[0].slice(0, first?.end)];
      }
    }
  }
  return found;
}

function fragmentsOf(text: string, field: Field, marks: readonly Mark[], spec: FieldSpec): string[] {
  if (marks.length === 0 || text.length > field.ignoreAbove) return [];
  const tokens = field.type === 'text' ? tokensWithBounds(text) : [{ text, start: 0, end: text.length }];
  const words = tokens.map((token) => token.text);
  const numbers = new Set(marks.flatMap((mark) => [...mark.positions(words)]));
  const hits = tokens.filter((_, n) => numbers.has(n));
  if (hits.length === 0) return [];
  if (spec.fragments === 0) return [marked(text, 0, text.length, hits, spec)];
  return passagesOf(text, hits, spec.fragmentSize).map(({ start, end }) => {
    const inside = hits.filter((hit) => hit.start >= start && hit.end <= end);
    return marked(text, start, end, inside, spec);
  });
}

/** Parts of the text around hits: from the beginning of a hit's sentence on as many sentences as fit the size. */
function passagesOf(text: string, hits: readonly Token[], size: number): Span[] {
  const passages: Span[] = [];
  let current: { start: number; end: number } | undefined;
  for (const { start, end } of sentencesOf(text, size)) {
    if (current && end - current.start <= size) {
      current.end = end;
      continue;
    }
    current = hits.some((hit) => hit.start >= start && hit.start < end) ? { start, end } : undefined;
    if (current) passages.push(current);
  }
  return passages;
}

function marked(text: string, from: number, to: number, hits: readonly Token[], { pre, post }: FieldSpec): string {
  let out = '';
  let at = from;
  for (const hit of hits) {
    out += text.slice(at, hit.start) + pre + text.slice(hit.start, hit.end) + post;
    at = hit.end;
  }
  return (out + text.slice(at, to)).trim();
}

let sentences: Intl.Segmenter | undefined;

/** Where the text may be cut: at the ends of sentences, and within sentences that are longer than `size` between words. */
function sentencesOf(text: string, size: number): Span[] {
  if (text.length <= size && !/[.!?\n]/.test(text)) return [{ start: 0, end: text.length }];
  sentences ??= new Intl.Segmenter('en', { granularity: 'sentence' });
  const parts: { start: number; end: number }[] = [];
  for (const { index, segment } of sentences.segment(text)) {
    let start = index;
    const end = index + segment.length;
    while (end - start > size) {
      const cut = /\s/.exec(text.slice(start + size, end));
      if (!cut) break;
      parts.push({ start, end: start + size + cut.index });
      start += size + cut.index;
    }
    parts.push({ start, end });
  }
  return parts;
}
