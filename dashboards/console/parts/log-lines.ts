import type { LogHit } from '../../../lib/log-query.ts';
import { contextOf } from '../data/log-search.ts';
import { formatRoute } from '../data/route.ts';
import { html, useEffect, useRef, useState } from '../vendor/htm-preact.js';
import { timeOfDay } from './format.ts';

/** So near to its end a list counts as read to the end. */
const AT_END_PX = 40;

/** Lines in order, each linked to its pod's moment; the time of a line opens those around it. `isLive`: whoever reads the newest line sees the next one come. */
export function LogLines({ hits, isLive = false }: { readonly hits: readonly LogHit[]; readonly isLive?: boolean }) {
  const [opened, setOpened] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isLive && isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [hits, isLive]);
  const onScroll = ({ currentTarget }: Event) => {
    const { scrollTop, clientHeight, scrollHeight } = currentTarget as HTMLElement;
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - AT_END_PX;
  };
  if (hits.length === 0) return html`<p class="hint">No lines.</p>`;
  return html`<ol class="lines" ref=${list} onScroll=${onScroll}>
    ${hits.map(
      (hit) =>
        html`<li key=${hit.id} class=${hit.level ?? ''}>
          <${Line} hit=${hit} onTime=${() => setOpened(opened === hit.id ? '' : hit.id)} isOpen=${opened === hit.id} />
          ${opened === hit.id && html`<${Around} hit=${hit} />`}
        </li>`,
    )}
  </ol>`;
}

function Line({
  hit,
  onTime,
  isOpen,
}: {
  readonly hit: LogHit;
  readonly onTime: () => void;
  readonly isOpen: boolean;
}) {
  return html`<div class="line">
    <button
      type="button"
      class="time"
      aria-expanded=${isOpen}
      title="${hit.time}: show the lines around"
      onClick=${onTime}
    >
      <time>${timeOfDay(hit.time)}</time>
    </button>
    ${
      hit.workload
        ? html`<a
            href=${formatRoute('workload', [hit.namespace, hit.workload.kind, hit.workload.name], { pod: hit.pod, at: hit.time })}
            title="${hit.namespace}/${hit.pod} on ${hit.node}"
            >${hit.pod}</a
          >`
        : html`<span>${hit.pod}</span>`
    }
    <span class="message">${hit.message}</span>
  </div>`;
}

/** The lines before and after one, of the same container. */
function Around({ hit }: { readonly hit: LogHit }) {
  const [lines, setLines] = useState<readonly LogHit[] | undefined>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const ended = new AbortController();
    contextOf(hit, ended.signal).then(setLines, (error: unknown) => {
      if (!ended.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
    });
    return () => ended.abort();
  }, [hit.id]);
  if (problem !== '') return html`<p class="problem" role="alert">${problem}</p>`;
  if (!lines) return html`<p class="hint">looking around…</p>`;
  return html`<pre class="around" aria-label="lines around">
${lines.map(
  (line) =>
    html`<span key=${line.id} class=${line.id === hit.id ? 'here' : ''}
      >${timeOfDay(line.time)} ${line.message}${'\n'}</span
    >`,
)}</pre>`;
}
