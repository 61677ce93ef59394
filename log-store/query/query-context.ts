import { badRequest } from '../engine/store-error.ts';
import type { Field, IndexMapping } from '../mapping/index-mapping.ts';

/** What a query is compiled against. */
export interface QueryContext {
  readonly mapping: IndexMapping;
  readonly nowMs: number;
  /** Fields that words without a field are looked for in. */
  readonly defaultFields: readonly string[];
}

/** The field, or nothing when the index has none; throws a 400 when it cannot be searched. */
export function searchable(context: QueryContext, path: string): Field | undefined {
  const field = context.mapping.field(path);
  if (field && !field.indexed) {
    throw badRequest(`Cannot search on field [${path}] since it is not indexed.`, 'query_shard_exception');
  }
  return field;
}
