import { IndexMapping } from '../mapping/index-mapping.ts';
import type { DocView } from '../query/doc-view.ts';
import type { CompiledQuery } from '../query/compiled.ts';
import { highlight, parseHighlight } from './highlight.ts';
import type { Searchable } from './searchable.ts';
import { renderSortKeys, type SortField } from './sort.ts';
import type { parseSourceFilter } from './source-filter.ts';
import type { TopHit } from './top-hits.ts';

type Body = Readonly<Record<string, unknown>>;

const emptyMapping = new IndexMapping();

/** Makes hits of documents, with what the request wants to see of them. */
export class HitRenderer {
  readonly #body: Body;
  readonly #indices: ReadonlyMap<string, Searchable>;
  readonly #highlight: ReturnType<typeof parseHighlight>;
  readonly #queries: ReadonlyMap<string, CompiledQuery>;

  /** `queries`: what each index was searched for. */
  constructor(body: Body, indices: ReadonlyMap<string, Searchable>, queries: ReadonlyMap<string, CompiledQuery>) {
    this.#body = body;
    this.#indices = indices;
    this.#highlight = parseHighlight(body['highlight']);
    this.#queries = queries;
  }

  render(
    hit: TopHit,
    fields: readonly SortField[],
    filter: ReturnType<typeof parseSourceFilter>,
  ): Record<string, unknown> {
    const index = this.#indices.get(hit.doc.index);
    const mapping = index?.mapping ?? emptyMapping;
    const rendered: Record<string, unknown> = {
      _index: index?.shownName ?? hit.doc.index,
      _id: hit.doc.id,
      _score: fields.length > 0 ? null : 1,
    };
    if (filter !== 'none') rendered['_source'] = filter === 'whole' ? hit.doc.source : filter(hit.doc.source);
    const wanted = this.#body['fields'] ?? this.#body['docvalue_fields'];
    if (Array.isArray(wanted)) rendered['fields'] = fieldsOf(hit.doc, wanted, mapping);
    if (this.#body['seq_no_primary_term'] === true) Object.assign(rendered, { _seq_no: hit.doc.seq, _primary_term: 1 });
    if (this.#body['version'] === true) rendered['_version'] = 1;
    if (this.#highlight) {
      const marks = this.#queries.get(hit.doc.index)?.marks ?? [];
      const found = highlight(hit.doc, this.#highlight, marks, mapping);
      if (Object.keys(found).length > 0) rendered['highlight'] = found;
    }
    if (fields.length > 0) rendered['sort'] = renderSortKeys(hit.keys, fields, mapping);
    return rendered;
  }
}

function fieldsOf(doc: DocView, wanted: readonly unknown[], mapping: IndexMapping): Record<string, readonly unknown[]> {
  const found: Record<string, readonly unknown[]> = {};
  for (const item of wanted) {
    const pattern = typeof item === 'string' ? item : String((item as Body | null)?.['field']);
    const all = pattern.includes('*') ? [...mapping.fields()] : [mapping.field(pattern)];
    for (const field of all) {
      if (
        !field ||
        (pattern.includes('*') &&
          !new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(field.path))
      )
        continue;
      const values = doc.values(field.sourcePath);
      if (values.length > 0) found[field.path] = values;
    }
  }
  return found;
}
