import { tokensWithBounds } from '../query/analyze.ts';
import type { DocView } from '../query/doc-view.ts';
import type { IndexMapping } from '../mapping/index-mapping.ts';
import { globMatches } from '../mapping/glob.ts';
import { textOf } from '../text-of.ts';

const MAX_FRAGMENT = 200;

export interface HighlightSpec {
  readonly fields: readonly { readonly pattern: string; readonly fragmentSize: number; readonly fragments: number }[];
  readonly pre: string;
  readonly post: string;
}

export function parseHighlight(spec: unknown): HighlightSpec | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined;
  const options = spec as Readonly<Record<string, unknown>>;
  const raw = options['fields'] ?? {};
  const named = Array.isArray(raw) ? Object.assign({}, ...raw) : raw;
  const number = (own: unknown, name: string, fallback: number) =>
    Number((own as Record<string, unknown> | undefined)?.[name] ?? options[name] ?? fallback);
  return {
    fields: Object.entries(named as Record<string, unknown>).map(([pattern, own]) => ({
      pattern,
      fragmentSize: number(own, 'fragment_size', MAX_FRAGMENT),
      fragments: number(own, 'number_of_fragments', 5),
    })),
    pre: textOf((options['pre_tags'] as unknown[] | undefined)?.[0] ?? '<em>'),
    post: textOf((options['post_tags'] as unknown[] | undefined)?.[0] ?? '</em>'),
  };
}

/** Words that a query looks for, per field (`*` for those without a field): every literal of match, term and query_string clauses. */
export function wordsOfQuery(query: unknown, add: (field: string, test: (word: string) => boolean) => void): void {
  if (typeof query !== 'object' || query === null) return;
  if (Array.isArray(query)) {
    for (const item of query) wordsOfQuery(item, add);
    return;
  }
  for (const [name, body] of Object.entries(query)) {
    if (name === 'must_not') continue;
    if (['match', 'match_phrase', 'match_phrase_prefix', 'term', 'prefix', 'wildcard'].includes(name)) {
      for (const [field, spec] of Object.entries((body ?? {}) as Record<string, unknown>)) {
        const options = typeof spec === 'object' && spec !== null ? (spec as Record<string, unknown>) : { query: spec };
        addText(textOf(options['query'] ?? options['value'] ?? ''), field, add);
      }
    } else if (name === 'query_string' || name === 'simple_query_string' || name === 'multi_match') {
      const text = textOf((body as Record<string, unknown> | null)?.['query'] ?? '');
      for (const [, field, value] of text.matchAll(/(?:([\w.]+):)?("[^"]*"|[^\s()"]+)/g)) {
        if (!/^(?:AND|OR|NOT|TO)$/.test(value ?? '')) addText((value ?? '').replaceAll('"', ''), field ?? '*', add);
      }
    } else wordsOfQuery(body, add);
  }
}

function addText(text: string, field: string, add: (field: string, test: (word: string) => boolean) => void): void {
  for (const { text: word, end } of tokensWithBounds(text)) {
    const open = text[end] === '*';
    add(field, (candidate) => (open ? candidate.startsWith(word) : candidate === word));
  }
}

export function highlight(
  doc: DocView,
  spec: HighlightSpec,
  words: readonly { readonly field: string; readonly test: (word: string) => boolean }[],
  mapping: IndexMapping,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const wanted of spec.fields) {
    for (const field of mapping.fields()) {
      if (!globMatches(wanted.pattern, field.path) || (field.type !== 'text' && field.type !== 'keyword')) continue;
      const tests = words.filter((word) => word.field === '*' || word.field === field.path).map((word) => word.test);
      if (tests.length === 0) continue;
      const fragments = doc
        .values(field.sourcePath)
        .flatMap((value) => fragmentsOf(String(value), tests, spec, wanted.fragmentSize, wanted.fragments));
      if (fragments.length > 0)
        found[field.path] = wanted.fragments > 0 ? fragments.slice(0, wanted.fragments) : fragments;
    }
  }
  return found;
}

function fragmentsOf(
  text: string,
  tests: readonly ((word: string) => boolean)[],
  spec: HighlightSpec,
  size: number,
  count: number,
): string[] {
  const hits = tokensWithBounds(text).filter((token) => tests.some((test) => test(token.text)));
  const first = hits[0];
  if (!first) return [];
  const whole = count === 0 || text.length <= size;
  const from = whole ? 0 : Math.max(0, first.start - Math.floor(size / 4));
  const to = whole ? text.length : Math.min(text.length, from + size);
  let out = '';
  let at = from;
  for (const hit of hits) {
    if (hit.start < at || hit.end > to) continue;
    out += `${text.slice(at, hit.start)}${spec.pre}${text.slice(hit.start, hit.end)}${spec.post}`;
    at = hit.end;
  }
  return [out + text.slice(at, to)];
}
