import { parseKeepingDigits } from '../../../lib/exact-json.ts';
import { searchAfter } from '../logs/search-after.ts';

/** Lines that can be made again from their number, to be compared with what a store gives back. */

const STREAM = 'logs-vigil.containers-default';
/** Lines of half a kilobyte to two: enough that the log is rotated every few seconds, and every bulk fills a block. */
const PADDING_BYTES = 1_500;
const LINE_BYTES = 2_000;
const PAGE = 10_000;

export interface LineCheck {
  readonly missing: number;
  readonly duplicate: number;
  /** Not as they were sent, or never sent. */
  readonly changed: number;
}

interface Answer {
  readonly timed_out: boolean;
  readonly hits: { readonly hits: readonly { _id: string; _source: unknown; sort: unknown[] }[] };
}

/** Reads all lines of a container, oldest first, and compares them with what was sent. */
export async function checkLines(url: string, container: number, lines: number): Promise<LineCheck> {
  const seen = new Uint8Array(lines);
  let duplicate = 0;
  let changed = 0;
  let after: readonly unknown[] | undefined;
  for (;;) {
    const page = {
      size: PAGE,
      query: { term: { 'kubernetes.pod.name': `pod-${container}` } },
      sort: [{ '@timestamp': 'asc' }, { 'log.offset': 'asc' }],
      ...(after ? { search_after: searchAfter(after) } : {}),
    };
    const { status, text } = await askStore(url, 'POST', `/${STREAM}/_search`, JSON.stringify(page));
    const answer = parseKeepingDigits(text) as Answer;
    if (status !== 200 || answer.timed_out) throw new Error(`a page was not answered: ${text.slice(0, 300)}`);
    const { hits } = answer.hits;
    for (const { _id: id, _source: source, sort } of hits) {
      after = sort;
      const n = Number.parseInt(id.slice(id.lastIndexOf('-') + 1), 36) / LINE_BYTES;
      if (seen[n] === undefined || JSON.stringify(source) !== documentOf(container, n)) changed++;
      else if (seen[n] === 1) duplicate++;
      else seen[n] = 1;
    }
    if (hits.length < PAGE) break;
  }
  return { missing: seen.reduce((missing, times) => missing + (times === 0 ? 1 : 0), 0), duplicate, changed };
}

/** The bulk body with lines `from` up to but not including `to` of a container. */
export function bulkOfLines(container: number, from: number, to: number): string {
  let body = '';
  for (let n = from; n < to; n++) {
    const id = `c0ffee${container}-r1-${(n * LINE_BYTES).toString(36)}`;
    body += `{"create":{"_index":"${STREAM}","_id":"${id}"}}\n${documentOf(container, n)}\n`;
  }
  return body;
}

function documentOf(container: number, n: number): string {
  const time = new Date(Date.UTC(2026, 10, 29) + n * 3).toISOString().replace('Z', '000001Z');
  // Looks like chance, so that blocks do not become tiny, but can be made again.
  const noise = ((n * 2_654_435_761 + container) % 4_294_967_296).toString(36);
  const message = `line ${n} of ${container} ${noise.repeat(1 + ((n * 31) % PADDING_BYTES) / noise.length)}`;
  return `{"@timestamp":"${time}","stream":"stdout","message":"${message}","log":{"level":"info","offset":${n * LINE_BYTES}},"kubernetes":{"pod":{"name":"pod-${container}"}}}`;
}

export async function askStore(
  url: string,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}
