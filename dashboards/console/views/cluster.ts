import type { NodeSummary, WorkloadSummary } from '../../../lib/health-api.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import type { ClusterState } from '../data/cluster-state.ts';
import { podState } from '../data/pod-state.ts';
import { formatRoute } from '../data/route.ts';
import { Dot } from '../parts/dot.ts';
import { ago, dotOf, timeOfDay } from '../parts/format.ts';
import { html } from '../vendor/htm-preact.js';

/** What is failing first, then nodes as cards with their pods as dots, then all workloads. */
export function ClusterView({ state }: { readonly state: ClusterState }) {
  const workloads = [...state.workloads.values()].sort(
    (a, b) => rank(a) - rank(b) || a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name),
  );
  const wrong = workloads.filter((workload) => workload.state === 'failing' || workload.state === 'degraded');
  const podsByNode = Map.groupBy(state.pods.values(), (pod) => pod.spec?.nodeName ?? '');
  const firing = [...state.alerts.values()].filter((alert) => alert.state === 'firing');
  return html`
    <section class="now" aria-label="What is wrong now">
      ${
        wrong.length === 0 && firing.length === 0
          ? html`<p class="calm">
              <${Dot} state="ok" word="healthy" /> Nothing is failing: ${workloads.length} workloads on
              ${state.nodes.size} nodes.
            </p>`
          : html`<ul>
              ${wrong.map((workload) => html`<li key=${workload.namespace + workload.name}><${WorkloadLine} workload=${workload} /></li>`)}
              ${firing.length > 0 && html`<li><a href=${formatRoute('alerts')}>${firing.length} alert${firing.length === 1 ? '' : 's'} firing</a></li>`}
            </ul>`
      }
    </section>
    <section class="nodes" aria-label="Nodes">
      ${[...state.nodes.values()]
        .sort((a, b) => a.name.localeCompare(b.name))
        .map(
          (node) =>
            html`<article class="card" key=${node.name}>
              <h3><${Dot} state=${dotOf[node.state]} word=${node.state} /> ${node.name}</h3>
              <p class="facts">${nodeFacts(node)}</p>
              ${node.state !== 'healthy' && node.why !== '' && html`<p class="why">${node.why}</p>`}
              <div class="pods">
                ${(podsByNode.get(node.name) ?? []).map((pod) => html`<${PodDot} key=${pod.metadata?.uid} pod=${pod} />`)}
              </div>
            </article>`,
        )}
    </section>
    <section aria-label="Workloads">
      <h2>Workloads</h2>
      <ul class="workloads">
        ${workloads.map((workload) => html`<li key=${`${workload.namespace}/${workload.kind}/${workload.name}`}><${WorkloadLine} workload=${workload} /></li>`)}
      </ul>
    </section>
    <section aria-label="Decisions">
      <h2>Decisions</h2>
      <ol class="timeline">
        ${state.decisions.slice(0, 20).map(
          (decision) =>
            html`<li key=${decision.time + decision.object.name}>
              <time>${timeOfDay(decision.time)}</time>
              <b>${decision.decision}</b> ${decision.object.kind}/${decision.object.name}: ${decision.reason}
            </li>`,
        )}
      </ol>
    </section>
  `;
}

function WorkloadLine({ workload }: { readonly workload: WorkloadSummary }) {
  return html`<a class="workload" href=${formatRoute('workload', [workload.namespace, workload.kind, workload.name])}>
    <${Dot} state=${dotOf[workload.state]} word=${workload.state} />
    <span class="name">${workload.namespace}/${workload.name}</span>
    <span class="ready">${workload.ready}/${workload.desired}</span>
    <span class="state">${workload.state} for ${ago(workload.since)}</span>
    <span class="why">${workload.why}</span>
  </a>`;
}

function PodDot({ pod }: { readonly pod: Pod }) {
  const { state, word } = podState(pod);
  return html`<${Dot} state=${state} word="${pod.metadata?.name}: ${word}" />`;
}

function nodeFacts(node: NodeSummary): string {
  const ready = node.ready === 'True' ? 'Ready' : node.ready === 'False' ? 'NotReady' : 'Unknown';
  const heartbeat =
    node.heartbeatAgeMs === undefined ? [] : [`heartbeat ${(node.heartbeatAgeMs / 1000).toFixed(1)} s ago`];
  return [ready, ...(node.schedulable ? [] : ['cordoned']), `${node.pods} pods`, ...heartbeat].join(' · ');
}

function rank(workload: WorkloadSummary): number {
  return { failing: 0, degraded: 1, unknown: 2, progressing: 3, healthy: 4 }[workload.state];
}
