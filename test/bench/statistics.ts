/** The value below which the share `q` of `values` lies; NaN when there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `p50 12 ms   p99 40 ms   (200)`. */
export function summary(values: readonly number[], unit = 'ms'): string {
  const text = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  return `p50 ${text(median(values))} ${unit}   p99 ${text(quantile(values, 0.99))} ${unit}   (${values.length})`;
}
