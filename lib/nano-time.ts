/**
 * A moment with nanoseconds: whole milliseconds since the Unix epoch, and the nanoseconds within that millisecond (0–999,999). Two numbers instead of a bigint,
 * because they are compared millions of times a second.
 */
export interface NanoTime {
  readonly ms: number;
  readonly subNs: number;
}

const shape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/;

/** Parses RFC 3339 with up to nine digits of fraction; `undefined` when the text is not one. */
export function parseNanoTime(text: string): NanoTime | undefined {
  const match = shape.exec(text);
  if (!match?.[1] || !match[3]) return undefined;
  const seconds = Date.parse(match[1] + match[3]);
  if (Number.isNaN(seconds)) return undefined;
  const nanos = Number((match[2] ?? '').padEnd(9, '0'));
  return { ms: seconds + Math.floor(nanos / 1_000_000), subNs: nanos % 1_000_000 };
}

/** RFC 3339 in UTC with three digits of fraction, or nine when there is something below the millisecond. */
export function formatNanoTime(time: NanoTime): string {
  const text = new Date(time.ms).toISOString();
  if (time.subNs === 0) return text;
  return `${text.slice(0, -1)}${String(time.subNs).padStart(6, '0')}Z`;
}

export function compareNanoTime(a: NanoTime, b: NanoTime): number {
  return a.ms - b.ms || a.subNs - b.subNs;
}

export function nanosOf(time: NanoTime): bigint {
  return BigInt(time.ms) * 1_000_000n + BigInt(time.subNs);
}
