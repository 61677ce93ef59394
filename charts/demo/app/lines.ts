const MAX_LINES = 1_000_000;
const MAX_LINE_BYTES = 65_536;
/** So many lines are handed to standard output at once; the event loop runs in between. */
const BATCH = 500;

let next = 1;

/**
 * Prints numbered lines: `line 1`, `line 2`… counted on over the life of the process. `count` how many, `size` pads each to so many bytes, `rate` lines a second
 * (absent: as fast as they are taken), `tag` goes before the number.
 */
export function printLines(query: URLSearchParams): { readonly status: number; readonly text: string } {
  const count = integer(query.get('count') ?? '1', MAX_LINES);
  const size = integer(query.get('size') ?? '0', MAX_LINE_BYTES);
  const rate = integer(query.get('rate') ?? '0', MAX_LINES);
  const tag = query.get('tag') ?? 'line';
  if (count === undefined || size === undefined || rate === undefined || !/^[\w.-]{1,64}$/.test(tag)) {
    return { status: 400, text: `count ≤ ${MAX_LINES}, size ≤ ${MAX_LINE_BYTES}, rate ≤ ${MAX_LINES}, tag of letters` };
  }
  const first = next;
  next += count;
  if (rate > 0) printAtRate(tag, first, count, size, rate);
  else printAtOnce(tag, first, count, size);
  return { status: 200, text: `${tag} ${first} to ${first + count - 1}` };
}

function printAtOnce(tag: string, first: number, count: number, size: number): void {
  const batch = Array.from({ length: Math.min(count, BATCH) }, (_, index) => lineOf(tag, first + index, size));
  const more = () => printAtOnce(tag, first + batch.length, count - batch.length, size);
  process.stdout.write(batch.join(''), () => count > batch.length && setImmediate(more));
}

function printAtRate(tag: string, first: number, count: number, size: number, rate: number): void {
  let printed = 0;
  const started = performance.now();
  const timer = setInterval(
    () => {
      const due = Math.min(count, Math.ceil(((performance.now() - started) / 1000) * rate));
      for (; printed < due; printed++) process.stdout.write(lineOf(tag, first + printed, size));
      if (printed >= count) clearInterval(timer);
    },
    Math.max(1000 / rate, 10),
  );
}

function lineOf(tag: string, number: number, size: number): string {
  return `${`${tag} ${number}`.padEnd(size, '.')}\n`;
}

function integer(text: string, max: number): number | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}
