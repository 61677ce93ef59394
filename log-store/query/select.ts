import { streamLevelOf, STREAM_LEVELS } from '../engine/line-shape.ts';
import type { Rows } from '../engine/rows.ts';
import { hasToken, type TokenTest } from '../engine/token-scan.ts';
import { logFields } from '../../lib/log-record.ts';
import type { NanoTime } from '../../lib/nano-time.ts';
import { DocView } from './doc-view.ts';

/**
 * Clears the marks (1 to 0) of the rows that do not match. This is how a block is searched: column by column, with nothing made for a row that a look at the
 * columns rules out. It gives what the query's test of each document would.
 */
export type Select = (index: string, rows: Rows, marks: Uint8Array) => void;

type Test = (doc: DocView) => boolean;

/** Document by document: for tests that no column answers. */
export function byDocument(test: Test): Select {
  return (index, rows, marks) => {
    const doc = new DocView(index, rows, 0);
    for (let n = 0; n < rows.count; n++) {
      if (marks[n] === 0) continue;
      doc.moveTo(rows, n);
      if (!test(doc)) marks[n] = 0;
    }
  };
}

/** For tests that look at nothing but the values at one path: lines share those by stream and level, or by their tails, so each is tested once. */
export function byPath(path: string, test: Test): Select {
  const isOfStreamAndLevel = path === logFields.stream || path === logFields.level;
  const isOfEachLine = path === logFields.message || path === logFields.offset || path === logFields.time;
  if (isOfEachLine || path === 'log' || path.startsWith('_')) return byDocument(test);
  return (index, rows, marks) => {
    const { tail, flags } = rows.columns;
    // 0: not tested yet, 1: no match, 2: match.
    const known = new Uint8Array(isOfStreamAndLevel ? STREAM_LEVELS : rows.tails.length + 1);
    const doc = new DocView(index, rows, 0);
    for (let n = 0; n < rows.count; n++) {
      if (marks[n] === 0) continue;
      const code = tail[n] ?? 0;
      const group = isOfStreamAndLevel ? streamLevelOf(flags[n] ?? 0) : code;
      let matches = code === 0 ? 0 : (known[group] ?? 0);
      if (matches === 0) {
        doc.moveTo(rows, n);
        matches = test(doc) ? 2 : 1;
        if (code > 0) known[group] = matches;
      }
      if (matches === 1) marks[n] = 0;
    }
  };
}

/** Words whose rows are remembered per block, and for how large a part of its rows the question must have been. */
const MAX_WORDS = 8;
const MIN_SHARE = 0.5;

/** Which rows of a block have a word, as long as the block is in memory: boards and tables ask for the same words with times that move on. */
const wordsOfRows = new WeakMap<Rows, Map<string, Uint8Array>>();

/** Rows whose message has a word: in the bytes themselves, where those are the text. */
export function byWord(path: string, token: TokenTest, test: Test): Select {
  const { bytes, text } = token;
  if (path !== logFields.message || !bytes) return byDocument(test);
  return (index, rows, marks) => {
    const known = wordsOfRows.get(rows);
    let having = known?.get(text);
    if (!having) {
      const isWide = count(marks) >= rows.count * MIN_SHARE;
      having = isWide ? new Uint8Array(rows.count).fill(1) : marks;
      keepRowsWith(bytes, test, index, rows, having);
      if (!isWide) return;
      const words = known ?? new Map<string, Uint8Array>();
      if (words.size < MAX_WORDS) wordsOfRows.set(rows, words.set(text, having));
    }
    for (let n = 0; n < rows.count; n++) if (having[n] === 0) marks[n] = 0;
  };
}

function keepRowsWith(token: Uint8Array, test: Test, index: string, rows: Rows, marks: Uint8Array): void {
  const { payload } = rows;
  const { payloadEnd } = rows.columns;
  const doc = new DocView(index, rows, 0);
  let start = 0;
  for (let n = 0; n < rows.count; n++) {
    const end = payloadEnd[n] ?? 0;
    if (marks[n] === 1) {
      if (rows.isPlainLine(n)) {
        if (!hasToken(payload, start, end, token)) marks[n] = 0;
      } else {
        doc.moveTo(rows, n);
        if (!test(doc)) marks[n] = 0;
      }
    }
    start = end;
  }
}

function count(marks: Uint8Array): number {
  let sum = 0;
  for (const mark of marks) sum += mark;
  return sum;
}

/** Rows by `@timestamp`: those surely between the bounds (exclusive milliseconds) are not tested. */
export function byTime(fromMs: number, toMs: number, test: (time: NanoTime) => boolean, isTimed: Test): Select {
  return (index, rows, marks) => {
    const { ms, subNs } = rows.columns;
    const doc = new DocView(index, rows, 0);
    for (let n = 0; n < rows.count; n++) {
      if (marks[n] === 0) continue;
      const at = ms[n] ?? 0;
      const inside = at > fromMs && at < toMs;
      if (!inside && !test({ ms: at, subNs: subNs[n] ?? 0 })) marks[n] = 0;
      else if (!rows.isLine(n)) {
        doc.moveTo(rows, n);
        if (!isTimed(doc)) marks[n] = 0;
      }
    }
  };
}

export function allSelects(selects: readonly Select[]): Select {
  return (index, rows, marks) => {
    for (const select of selects) select(index, rows, marks);
  };
}

/** Rows that at least `minimum` of the selects keep. */
export function someSelects(selects: readonly Select[], minimum: number): Select {
  return (index, rows, marks) => {
    const counts = new Uint16Array(rows.count);
    for (const select of selects) {
      const kept = marks.slice();
      select(index, rows, kept);
      for (let n = 0; n < rows.count; n++) counts[n] = (counts[n] ?? 0) + (kept[n] ?? 0);
    }
    for (let n = 0; n < rows.count; n++) if ((counts[n] ?? 0) < minimum) marks[n] = 0;
  };
}

export function noSelects(selects: readonly Select[]): Select {
  return (index, rows, marks) => {
    for (const select of selects) {
      const kept = marks.slice();
      select(index, rows, kept);
      for (let n = 0; n < rows.count; n++) if (kept[n] === 1) marks[n] = 0;
    }
  };
}
