/** A value from a request as text: strings as they are, everything else as JSON. For messages and for values that clients send as numbers or booleans. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}
