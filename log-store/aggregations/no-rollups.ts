/** `collectRollup` of aggregations that look at values: nobody calls it, as they do not accept rollups. */
export function withoutDocuments(): never {
  throw new Error('this aggregation needs documents');
}
