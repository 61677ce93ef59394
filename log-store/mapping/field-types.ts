/** What a field is to queries. `text` is split into words; `flattened` is an object whose leaves are keywords under any key. */
export type FieldType = 'text' | 'keyword' | 'number' | 'date' | 'boolean' | 'ip' | 'flattened' | 'object';

/** Elasticsearch's and OpenSearch's names, as they come in mappings. */
const typeNames: ReadonlyMap<string, FieldType> = new Map([
  ['text', 'text'],
  ['match_only_text', 'text'],
  ['search_as_you_type', 'text'],
  ['annotated_text', 'text'],
  ['keyword', 'keyword'],
  ['constant_keyword', 'keyword'],
  ['wildcard', 'keyword'],
  ['version', 'keyword'],
  ['long', 'number'],
  ['integer', 'number'],
  ['short', 'number'],
  ['byte', 'number'],
  ['double', 'number'],
  ['float', 'number'],
  ['half_float', 'number'],
  ['scaled_float', 'number'],
  ['unsigned_long', 'number'],
  ['date', 'date'],
  ['date_nanos', 'date'],
  ['boolean', 'boolean'],
  ['ip', 'ip'],
  ['flattened', 'flattened'],
  ['flat_object', 'flattened'],
  ['object', 'object'],
  ['nested', 'object'],
]);

export function fieldTypeOf(name: string): FieldType | undefined {
  return typeNames.get(name);
}
