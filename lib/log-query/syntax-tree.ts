/** Where a node stands in the text, for errors that are only seen when the field's kind is known. */
interface Placed {
  /** Index of the value's first character. */
  readonly at: number;
}

/** Where a value is looked for. Absent = the message. */
interface OnField extends Placed {
  /** As written: an alias (`pod`) or a document's field (`kubernetes.pod.name`). */
  readonly field: string | undefined;
}

/** A bound of a range and where it is written. */
export interface Bound extends Placed {
  readonly text: string;
  readonly isInclusive: boolean;
}

/** A parsed query. */
export type QueryNode =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly QueryNode[] }
  | { readonly kind: 'not'; readonly node: QueryNode }
  | ({ readonly kind: 'word'; readonly text: string } & OnField)
  | ({ readonly kind: 'phrase'; readonly text: string; readonly slop: number } & OnField)
  /** `*` and `?` stand for others; a backslash takes the next character as it is. */
  | ({ readonly kind: 'wildcard'; readonly pattern: string } & OnField)
  | ({ readonly kind: 'fuzzy'; readonly text: string; readonly edits: number } & OnField)
  | ({ readonly kind: 'regexp'; readonly pattern: string } & OnField)
  | ({ readonly kind: 'range'; readonly from?: Bound | undefined; readonly to?: Bound | undefined } & OnField)
  | { readonly kind: 'exists'; readonly field: string; readonly at: number };
