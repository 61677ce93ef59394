import { pointerLines } from '../../../lib/log-query/query-error.ts';
import { problemOf, spans, type LogRoute } from '../data/log-route.ts';
import { html, useEffect, useState } from '../vendor/htm-preact.js';

/** The query with its namespace and time; what is wrong with it is pointed at while it is written, and not sent. */
export function QueryLine({
  route,
  onGo,
}: {
  readonly route: LogRoute;
  readonly onGo: (change: Partial<LogRoute>) => void;
}) {
  const [text, setText] = useState(route.query);
  useEffect(() => setText(route.query), [route.query]);
  const problem = problemOf({ query: text, from: route.from, to: route.to });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (problem) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = (name: string) => {
      const entry = form.get(name);
      return typeof entry === 'string' ? entry : '';
    };
    const span = value('since');
    onGo({ query: text, namespace: value('ns').trim(), ...(span === '' ? {} : { span, from: '', to: '' }) });
  };
  return html`<form class="query" onSubmit=${submit} role="search">
      <input
        name="q"
        id="search"
        value=${text}
        onInput=${(event: Event) => setText((event.currentTarget as HTMLInputElement).value)}
        placeholder="timeout AND level:>=warn"
        aria-label="Query"
        aria-invalid=${problem !== undefined}
        aria-describedby="query-problem"
        autocomplete="off"
        spellcheck=${false}
      />
      <input name="ns" value=${route.namespace} placeholder="all namespaces" aria-label="Namespace" />
      <select
        name="since"
        aria-label="Span"
        onChange=${(event: Event) => (event.currentTarget as HTMLSelectElement).form?.requestSubmit()}
      >
        ${route.from !== '' && html`<option value="" selected>fixed</option>`}
        ${Object.keys(spans).map((span) => html`<option key=${span} value=${span} selected=${route.from === '' && span === route.span}>${span}</option>`)}
      </select>
      <button>Search</button>
      <label
        ><input
          type="checkbox"
          checked=${route.isLive}
          onChange=${() => onGo({ isLive: !route.isLive, from: '', to: '' })}
        />
        live</label
      >
    </form>
    <div id="query-problem" aria-live="polite">
      ${problem && html`<pre class="caret">${pointerLines(problem).join('\n')}${'\n'}${problem.problem}</pre>`}
    </div>`;
}
