import { parseDurationMs } from '../../../lib/duration.ts';
import type { Timeline } from '../../../lib/health-api.ts';
import { badRequest, statusError } from '../../../lib/kube/status-errors.ts';
import { apiGroups } from '../../../lib/names.ts';
import type { ApiExtension, ExtensionRequest, ExtensionResponse } from '../../apiserver/extension.ts';
import { findWorkload } from '../workload-facts.ts';
import { workloadKey } from '../workload-key.ts';
import { healthChanges } from './change-stream.ts';
import { healthSummary, podHealth, workloadHealth, type HealthScope, type HealthSources } from './summaries.ts';
import { timelineEntries } from './timeline.ts';

const DEFAULT_SINCE_MS = 15 * 60_000;

/** `health.vigil.dev/v1`, as `lib/health-api.ts` describes it. */
export function healthExtension(sources: HealthSources): ApiExtension {
  return {
    group: apiGroups.health,
    version: 'v1',
    resources: [
      { name: 'summary', singularName: 'summary', kind: 'HealthSummary', namespaced: false, verbs: ['get', 'list'] },
      { name: 'pods', singularName: 'pod', kind: 'PodHealth', namespaced: true, verbs: ['get'] },
      { name: 'workloads', singularName: 'workload', kind: 'WorkloadHealth', namespaced: true, verbs: ['get'] },
      { name: 'signals', singularName: 'signal', kind: 'HealthChange', namespaced: false, verbs: ['list', 'watch'] },
    ],
    handle: (request) => Promise.resolve(answer(sources, request)),
  };
}

function answer(sources: HealthSources, request: ExtensionRequest): ExtensionResponse {
  // Whoever asks under a namespace was authorized for that namespace only: nothing of others is shown, nor of nodes.
  const scope: HealthScope = {
    namespace: request.namespace ?? request.query.get('namespace') ?? undefined,
    hasNodes: request.namespace === undefined,
  };
  switch (request.resource) {
    case 'summary':
      return { body: healthSummary(sources, scope) };
    case 'signals':
      return { lines: healthChanges(sources, scope, request.signal) };
    case 'pods':
      return { body: podAnswer(sources, request) };
    case 'workloads':
      return { body: workloadAnswer(sources, request) };
    default:
      throw statusError(404, 'NotFound', `${apiGroups.health} has no ${request.resource}`);
  }
}

function podAnswer(sources: HealthSources, request: ExtensionRequest): unknown {
  const { namespace = '', name = '' } = request;
  const pod = sources.view.pods.get(`${namespace}/${name}`);
  if (!pod) throw statusError(404, 'NotFound', `pods "${name}" not found`);
  return podHealth(sources, pod);
}

function workloadAnswer(sources: HealthSources, request: ExtensionRequest): unknown {
  const { namespace = '', name = '' } = request;
  const ref = findWorkload(sources.view, namespace, name, request.query.get('kind') ?? undefined);
  const found = ref && workloadHealth(sources, namespace, ref);
  if (!found) throw statusError(404, 'NotFound', `workloads "${name}" not found`);
  if (request.subresource === undefined) return found;
  if (request.subresource !== 'timeline') {
    throw statusError(404, 'NotFound', `workloads have no subresource ${request.subresource}`);
  }
  const key = workloadKey(namespace, ref);
  const sinceMs = sinceOf(request.query.get('since'), sources.clock.now());
  const timeline: Timeline = {
    apiVersion: 'health.vigil.dev/v1',
    kind: 'Timeline',
    namespace,
    workload: ref,
    since: new Date(sinceMs).toISOString(),
    entries: timelineEntries(
      {
        replicaSets: ref.kind === 'Deployment' ? sources.view.replicaSetsOf(key) : [],
        pods: sources.view.podsOf(key),
        probes: sources.hub.transitionsOf(key),
        terminations: sources.hub.terminationsOf(key),
        decisions: sources.hub.decisionsOf(key),
      },
      sinceMs,
    ),
  };
  return timeline;
}

/** A duration before now or a moment. */
function sinceOf(text: string | null, nowMs: number): number {
  if (text === null || text === '') return nowMs - DEFAULT_SINCE_MS;
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined) return nowMs - durationMs;
  const momentMs = Date.parse(text);
  if (Number.isNaN(momentMs)) {
    throw badRequest(`since: "${text}" is neither a duration like 15m nor a time like 2026-01-31T12:00:00Z`);
  }
  return momentMs;
}
