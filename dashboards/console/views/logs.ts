import { withTerm } from '../../../lib/log-query/with-term.ts';
import { hrefOf, logRouteOf, problemOf, timeOf, type LogRoute } from '../data/log-route.ts';
import { followLogs, type LogView } from '../data/log-search.ts';
import type { Route } from '../data/route.ts';
import { FieldValues } from '../parts/field-values.ts';
import { Histogram } from '../parts/histogram.ts';
import { LogLines } from '../parts/log-lines.ts';
import { QueryLine } from '../parts/query-line.ts';
import { html, useEffect, useState } from '../vendor/htm-preact.js';

const nothing: LogView = { lines: [], counts: undefined, problem: '' };

/** Query line, histogram, fields with their top values, and lines, which go on by themselves while the box is ticked. */
export function LogsView({ route: { query: parameters } }: { readonly route: Route }) {
  const route = logRouteOf({ place: 'logs', segments: [], query: parameters });
  const [view, setView] = useState<LogView>(nothing);
  useEffect(() => {
    const ended = new AbortController();
    setView(nothing);
    if (!problemOf(route)) void followLogs(route, setView, ended.signal);
    return () => ended.abort();
  }, [parameters.toString()]);

  const go = (change: Partial<LogRoute>) => (location.hash = hrefOf(route, change));
  const { counts, lines, problem } = view;
  // Lines come more often than they are counted.
  const total = counts && `${counts.total.exact ? '' : 'more than '}${Math.max(counts.total.value, lines.length)}`;
  return html`
    <${QueryLine} route=${route} onGo=${go} />
    ${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
    ${
      counts?.histogram &&
      counts.histogram.length > 0 &&
      html`<${Histogram}
        bars=${counts.histogram}
        interval=${timeOf(route).histogramInterval ?? '1m'}
        onChoose=${(from: string, to: string) => go({ from, to })}
      />`
    }
    <p class="hint" role="status">
      ${counts ? `${lines.length} shown of ${total} lines` : problem === '' ? 'searching…' : ''}
      ${route.from !== '' && ` from ${route.from}${route.to === '' ? '' : ` to ${route.to}`}`}
    </p>
    <div class="columns logs">
      <${FieldValues}
        route=${route}
        counts=${counts}
        onTerm=${(field: string, value: string, isNegated: boolean) => go({ query: withTerm(route.query, field, value, isNegated) })}
        onField=${(field: string) => go({ fields: [field, ...route.fields.filter((other) => other !== field)].slice(0, 1) })}
      />
      <${LogLines} key=${parameters.toString()} hits=${lines} isLive=${route.isLive} />
    </div>
  `;
}
