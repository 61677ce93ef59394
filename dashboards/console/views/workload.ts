import type { PodHealth, ProbeHealth, Timeline, WorkloadHealth } from '../../../lib/health-api.ts';
import type { LogResult } from '../../../lib/log-query.ts';
import { withTerm } from '../../../lib/log-query/with-term.ts';
import { getJson, postJson } from '../data/api.ts';
import { workloadKey, type ClusterState } from '../data/cluster-state.ts';
import { formatRoute } from '../data/route.ts';
import { Dot } from '../parts/dot.ts';
import { ago, dotOf, timeOfDay } from '../parts/format.ts';
import { LogLines } from '../parts/log-lines.ts';
import { ProbeStrip } from '../parts/probe-strip.ts';
import { html, useEffect, useState } from '../vendor/htm-preact.js';

/** What is asked again while the page is open; probe strips come live from the stream in between. */
const REFRESH_MS = 2000;

interface Loaded {
  readonly health: WorkloadHealth;
  readonly timeline: Timeline;
  readonly lines: LogResult | undefined;
}

/** One workload: replicas with their probe strips, timeline and log lines side by side. */
export function WorkloadView({
  state,
  namespace,
  kind,
  name,
}: {
  readonly state: ClusterState;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}) {
  const [loaded, setLoaded] = useState<Loaded | undefined>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const ended = new AbortController();
    const load = async () => {
      const base = `/apis/health.vigil.dev/v1/namespaces/${encodeURIComponent(namespace)}/workloads/${encodeURIComponent(name)}`;
      const query = new URLSearchParams({ kind }).toString();
      try {
        const [health, timeline, lines] = await Promise.all([
          getJson<WorkloadHealth>(`${base}?${query}`, ended.signal),
          getJson<Timeline>(`${base}/timeline?${query}&since=15m`, ended.signal),
          postJson<LogResult>(
            `/apis/logs.vigil.dev/v1/namespaces/${encodeURIComponent(namespace)}/search`,
            { workload: { kind, name }, since: '15m', size: 200, order: 'newest' },
            ended.signal,
          ).catch(() => undefined),
        ]);
        setLoaded({ health, timeline, lines });
        setProblem('');
      } catch (error) {
        if (!ended.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      }
    };
    void load();
    const timer = setInterval(() => void load(), REFRESH_MS);
    return () => {
      clearInterval(timer);
      ended.abort();
    };
  }, [namespace, kind, name]);

  const summary = state.workloads.get(workloadKey(namespace, kind, name)) ?? loaded?.health.workload;
  return html`
    <header class="workload-head">
      <h2>
        ${summary && html`<${Dot} state=${dotOf[summary.state]} word=${summary.state} />`} ${namespace}/${name}
        <small>${kind}</small>
      </h2>
      ${summary && html`<p>${summary.ready}/${summary.desired} ready · ${summary.state} for ${ago(summary.since)} · ${summary.restarts} restarts</p>`}
      ${summary && summary.why !== '' && html`<p class="why">${summary.why}</p>`}
      ${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
    </header>
    <div class="columns">
      <section aria-label="Replicas">
        <h3>Replicas</h3>
        ${loaded?.health.pods.map((pod) => html`<${PodCard} key=${pod.uid} pod=${pod} state=${state} />`)}
        ${
          loaded &&
          loaded.health.failuresByNode.length > 0 &&
          html`<h3>Failures by node</h3>
            <ul>
              ${loaded.health.failuresByNode.map((entry) => html`<li key=${entry.node}>${entry.node}: ${entry.count} since ${timeOfDay(entry.since)}, last ${entry.lastReason}</li>`)}
            </ul>`
        }
      </section>
      <section aria-label="Timeline">
        <h3>Timeline</h3>
        <ol class="timeline">
          ${loaded?.timeline.entries.toReversed().map(
            (entry, index) =>
              html`<li key=${entry.time + String(index)} class=${entry.level}>
                <time>${timeOfDay(entry.time)}</time> <b>${entry.kind}</b> ${entry.title}
                <span class="detail">${entry.detail} ${entry.pod ?? ''}</span>
              </li>`,
          )}
        </ol>
      </section>
      <section aria-label="Logs">
        <h3>
          Logs <a href=${formatRoute('logs', [], { ns: namespace, q: withTerm('', 'workload', name) })}>search</a>
        </h3>
        ${loaded?.lines ? html`<${LogLines} hits=${loaded.lines.hits.toReversed()} />` : html`<p class="hint">The log store does not answer.</p>`}
      </section>
    </div>
  `;
}

function PodCard({ pod, state }: { readonly pod: PodHealth; readonly state: ClusterState }) {
  return html`<article class="card pod" id=${pod.name}>
    <h4><${Dot} state=${dotOf[pod.state]} word=${pod.state} /> ${pod.name}</h4>
    <p class="facts">
      ${pod.ready ? 'ready' : 'not ready'} for ${ago(pod.readySince ?? pod.since)} on ${pod.node || 'no node yet'} ·
      restarted ${pod.restarts} times
    </p>
    ${pod.why !== '' && html`<p class="why">${pod.why}</p>`}
    ${pod.containers.flatMap((container) => container.probes.map((probe) => html`<${ProbeRow} key=${container.name + probe.probe} probe=${probe} live=${state.probes.get(`${pod.uid}/${container.name}/${probe.probe}`)?.points} />`))}
    ${pod.containers.map(
      (container) =>
        container.lastTermination &&
        html`<details key=${container.name}>
          <summary>
            ${container.name} ended ${ago(container.lastTermination.time)} ago: ${container.lastTermination.reason},
            exit code ${container.lastTermination.exitCode}
          </summary>
          <pre>${container.lastTermination.lastLines.join('\n')}</pre>
        </details>`,
    )}
  </article>`;
}

function ProbeRow({ probe, live }: { readonly probe: ProbeHealth; readonly live: ProbeHealth['records'] | undefined }) {
  const points = live && live.length >= probe.records.length ? live : probe.records;
  const last = points.at(-1);
  const failing = last?.outcome === 'failure';
  return html`<div class="probe">
    <span class="name">${probe.probe}</span>
    <code>${probe.check}</code>
    <${ProbeStrip} points=${points} />
    <span class=${failing ? 'bad' : 'ok'}
      >${failing ? `failed ${last.run}, needs ${last.threshold}` : (last?.outcome ?? 'waiting')}</span
    >
    ${failing && html`<span class="why">${last.output}</span>`}
  </div>`;
}
