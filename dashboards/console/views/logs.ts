import type { LogHit, LogQuery, LogResult } from '../../../lib/log-query.ts';
import { postJson } from '../data/api.ts';
import { formatRoute, type Route } from '../data/route.ts';
import { Histogram } from '../parts/histogram.ts';
import { LogLines } from '../parts/log-lines.ts';
import { html, useEffect, useState } from '../vendor/htm-preact.js';

const LIVE_MS = 1000;
const SIZE = 300;
/** Bars that fit a screen, for each span that can be chosen. */
const intervals: Readonly<Record<string, string>> = { '5m': '5s', '15m': '15s', '1h': '1m', '6h': '5m', '24h': '20m' };

/** Query line, histogram, lines (live while the box is ticked), and the top values of the lines shown. */
export function LogsView({ route }: { readonly route: Route }) {
  const query = route.query.get('q') ?? '';
  const namespace = route.query.get('ns') ?? '';
  const since = route.query.get('since') ?? '15m';
  const at = route.query.get('at') ?? '';
  const live = route.query.get('live') !== 'off' && at === '';
  const [result, setResult] = useState<LogResult | undefined>(undefined);
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const ended = new AbortController();
    const path =
      namespace === ''
        ? '/apis/logs.vigil.dev/v1/search'
        : `/apis/logs.vigil.dev/v1/namespaces/${encodeURIComponent(namespace)}/search`;
    const interval = intervals[since] ?? '1m';
    const body: LogQuery = {
      query,
      since: at === '' ? since : at,
      size: SIZE,
      order: at === '' ? 'newest' : 'oldest',
      histogramInterval: interval,
    };
    const load = async () => {
      try {
        setResult(await postJson<LogResult>(path, body, ended.signal));
        setProblem('');
      } catch (error) {
        if (!ended.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      }
    };
    void load();
    const timer = live ? setInterval(() => void load(), LIVE_MS) : undefined;
    return () => {
      clearInterval(timer);
      ended.abort();
    };
  }, [query, namespace, since, at, live]);

  const go = (change: Readonly<Record<string, string>>) => {
    const next: Record<string, string> = { ...Object.fromEntries(route.query), ...change };
    for (const [key, value] of Object.entries(next)) if (value === '') delete next[key];
    location.hash = formatRoute('logs', [], next);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    go({ q: text('q'), ns: text('ns'), since: text('since'), at: '' });
  };
  const lines = result === undefined ? [] : at === '' ? result.hits.toReversed() : result.hits;
  return html`
    <form class="query" onSubmit=${submit} role="search">
      <input
        name="q"
        id="search"
        value=${query}
        placeholder="timeout AND log.level:error"
        aria-label="Query in Lucene syntax"
      />
      <input name="ns" value=${namespace} placeholder="all namespaces" aria-label="Namespace" />
      <select
        name="since"
        aria-label="Span"
        onChange=${(event: Event) => (event.currentTarget as HTMLSelectElement).form?.requestSubmit()}
      >
        ${Object.keys(intervals).map((span) => html`<option key=${span} value=${span} selected=${span === since}>${span}</option>`)}
      </select>
      <button>Search</button>
      <label
        ><input type="checkbox" checked=${live} onChange=${() => go({ live: live ? 'off' : '', at: '' })} /> live</label
      >
    </form>
    ${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
    ${result?.histogram && html`<${Histogram} bars=${result.histogram} onChoose=${(time: string) => go({ at: time })} />`}
    <p class="hint" role="status">
      ${result ? `${result.hits.length} of ${result.total.exact ? '' : 'more than '}${result.total.value} lines` : 'searching…'}
    </p>
    <div class="columns logs">
      <${TopValues}
        hits=${lines}
        onChoose=${(term: string) => go({ q: query === '' ? term : `(${query}) AND ${term}` })}
      />
      <${LogLines} hits=${lines} />
    </div>
  `;
}

const fields: readonly {
  readonly title: string;
  readonly field: string;
  readonly of: (hit: LogHit) => string | undefined;
}[] = [
  { title: 'Namespace', field: 'kubernetes.namespace', of: (hit) => hit.namespace },
  { title: 'Pod', field: 'kubernetes.pod.name', of: (hit) => hit.pod },
  { title: 'Level', field: 'log.level', of: (hit) => hit.level },
  { title: 'Node', field: 'kubernetes.node.name', of: (hit) => hit.node },
];

function TopValues({
  hits,
  onChoose,
}: {
  readonly hits: readonly LogHit[];
  readonly onChoose: (term: string) => void;
}) {
  return html`<aside class="fields" aria-label="Top values">
    ${fields.map(({ title, field, of }) => {
      const counts = new Map<string, number>();
      for (const hit of hits) {
        const value = of(hit);
        if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
      return html`<div key=${field}>
        <h4>${title}</h4>
        <ul>
          ${top.map(([value, count]) => html`<li key=${value}><button type="button" onClick=${() => onChoose(`${field}:"${value}"`)}>${value}</button> ${count}</li>`)}
        </ul>
      </div>`;
    })}
  </aside>`;
}
