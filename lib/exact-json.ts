/** JSON with source text access (ECMAScript 2026, in Node 24), which TypeScript's library does not name yet. */
interface JsonWithSource {
  rawJSON(text: string): unknown;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
}

const json = JSON as unknown as JsonWithSource;

/** Parses JSON, keeping whole numbers beyond 2^53 (times in nanoseconds) as strings of their digits. */
export function parseKeepingDigits(text: string): unknown {
  return json.parse(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? source : value,
  );
}

/** What `JSON.stringify` writes as a number of just these digits. Throws when the text is not a number. */
export function numberOfDigits(digits: string): unknown {
  return json.rawJSON(digits);
}
