/** What a member of a JSON schema may be when it is no schema: a list of schemas, a boolean, or a list of texts. */
export type SchemaAlternative = 'schemas' | 'boolean' | 'texts';

/** The type whose members these are. */
export const JSON_SCHEMA = 'V1JSONSchemaProps';

/** Members of which the published types say nothing. Source: `marshal.go` of apiextensions.k8s.io/v1. */
export const schemaAlternatives: ReadonlyMap<string, SchemaAlternative> = new Map([
  ['items', 'schemas'],
  ['additionalItems', 'boolean'],
  ['additionalProperties', 'boolean'],
  // Each of them.
  ['dependencies', 'texts'],
]);
