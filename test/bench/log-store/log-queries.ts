import { podName, timeOfLine, traceOfLine } from './line-documents.ts';

export interface LogQueryKind {
  readonly name: string;
  /** Requests that ask the same of different words, pods and times, so that no cache answers them. */
  readonly bodies: readonly Record<string, unknown>[];
}

const VARIANTS = 5;
const QUARTER_HOUR_MS = 15 * 60_000;
const byMinute = {
  minutes: {
    date_histogram: { field: '@timestamp', fixed_interval: '1m' },
    aggs: { levels: { terms: { field: 'log.level' } } },
  },
};
const newestFirst = [{ '@timestamp': 'desc' }, { 'log.offset': 'desc' }];
const words = ['request', 'timeout', 'payment', 'slow', 'status'];

/** What people and the console ask of logs: twelve kinds of questions, five of each. */
export function logQueries(startMs: number, documents: number): readonly LogQueryKind[] {
  const endMs = timeOfLine(startMs, documents);
  const at = (ms: number) => new Date(ms).toISOString();
  const before = (n: number) => ({ range: { '@timestamp': { lt: at(endMs - n * 7_000) } } });
  const lastQuarter = (n: number) => ({
    range: { '@timestamp': { gte: at(endMs - n * 13_000 - QUARTER_HOUR_MS), lt: at(endMs - n * 13_000) } },
  });
  const word = (n: number) => ({ match: { message: words[n] } });
  const all = (...filter: unknown[]) => ({ bool: { filter } });
  const kind = (name: string, of: (n: number) => Record<string, unknown>): LogQueryKind => ({
    name,
    bodies: Array.from({ length: VARIANTS }, (_, n) => of(n)),
  });
  return [
    kind('newest 100', (n) => ({ size: 100, sort: newestFirst, query: all(before(n)) })),
    kind('last 15 minutes, term, by minute', (n) => ({ size: 0, query: all(lastQuarter(n), word(n)), aggs: byMinute })),
    kind('last 15 minutes by minute', (n) => ({ size: 0, query: all(lastQuarter(n)), aggs: byMinute })),
    kind('all by minute', (n) => ({ size: 0, query: all(before(n)), aggs: byMinute, track_total_hits: true })),
    kind('rare word, newest 100', (n) => ({
      size: 100,
      sort: newestFirst,
      query: { match: { message: `needle${n}` } },
    })),
    kind('one trace', (n) => ({
      size: 10,
      query: { match: { message: traceOfLine(Math.floor((documents * (n + 1)) / 7)) } },
    })),
    kind('absent trace', (n) => ({ size: 10, query: { match: { message: `nosuchtrace${n}` } } })),
    kind('pod and word, newest 50', (n) => ({
      size: 50,
      sort: newestFirst,
      query: all({ term: { 'kubernetes.pod.name': podName(n * 3) } }, word(n)),
    })),
    kind('errors of a namespace, newest 100', (n) => ({
      size: 100,
      sort: newestFirst,
      query: all(
        { term: { 'kubernetes.namespace': ['shop', 'billing', 'search'][n % 3] } },
        { term: { 'log.level': 'error' } },
        before(n),
      ),
    })),
    kind('phrase, newest 20', (n) => ({
      size: 20,
      sort: newestFirst,
      query: all({ match_phrase: { message: 'upstream connect error' } }, before(n)),
    })),
    kind('query string, newest 50', (n) => ({
      size: 50,
      sort: newestFirst,
      query: all({
        query_string: {
          query: `message:(slow AND ${['cart', 'payment', 'order', 'refund', 'session'][n]}) AND NOT log.level:error`,
        },
      }),
    })),
    kind('top pods of a word, 15 minutes', (n) => ({
      size: 0,
      query: all(lastQuarter(n), word(n)),
      aggs: { pods: { terms: { field: 'kubernetes.pod.name', size: 10 } } },
    })),
  ];
}
