import type { Alert, AlertChange } from '../../../lib/alerts-api.ts';
import type {
  DecisionSummary,
  HealthChange,
  NodeSummary,
  ProbePoint,
  WorkloadSummary,
} from '../../../lib/health-api.ts';
import type { KubeList, Pod, WatchEvent } from '../../../lib/kube/types.ts';
import type { LogQuery, LogResult } from '../../../lib/log-query.ts';
import { ApiProblem, getJson, jsonLines, keepReading, postJson } from './api.ts';

/** Attempts kept of each probe, and decisions kept in all: what a screen can show. */
const MAX_POINTS = 60;
const MAX_DECISIONS = 200;

export interface ProbeSeries {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly probe: string;
  readonly check: string;
  readonly points: readonly ProbePoint[];
}

/** Everything that is watched, as it stands now. Maps are replaced never, their entries always: views draw from them when told that something changed. */
export class ClusterState {
  readonly workloads = new Map<string, WorkloadSummary>();
  readonly nodes = new Map<string, NodeSummary>();
  readonly pods = new Map<string, Pod>();
  readonly alerts = new Map<string, Alert>();
  /** By `podUid/container/probe`. */
  readonly probes = new Map<string, ProbeSeries>();
  readonly decisions: DecisionSummary[] = [];
  live = false;
  problem = '';
  readonly #listeners = new Set<() => void>();
  #scheduled = false;

  /** Calls `listener` after changes, at most once a frame. The returned function ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(signal: AbortSignal): void {
    const standing = (live: boolean) => {
      this.live = live;
      this.#changed();
    };
    void this.#readDecisions(signal);
    void keepReading(() => this.#readSignals(signal), signal, standing);
    void keepReading(
      () => this.#readPods(signal),
      signal,
      () => {},
    );
    void keepReading(
      () => this.#readAlerts(signal),
      signal,
      () => {},
    );
  }

  #changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      for (const listener of this.#listeners) listener();
    });
  }

  async #readSignals(signal: AbortSignal): Promise<void> {
    try {
      for await (const change of jsonLines<HealthChange>('/apis/health.vigil.dev/v1/signals?watch=true', signal)) {
        this.#apply(change);
        this.#changed();
      }
    } catch (error) {
      if (error instanceof ApiProblem) this.problem = error.message;
      throw error;
    }
  }

  /** What was decided before this page was opened, from the store; without a store the list begins now. */
  async #readDecisions(signal: AbortSignal): Promise<void> {
    const query: LogQuery = { dataset: 'decisions', since: '1h', size: 20, order: 'newest' };
    const result = await postJson<LogResult>('/apis/logs.vigil.dev/v1/search', query, signal).catch(() => undefined);
    for (const hit of result?.hits ?? []) {
      const { action } = (hit.source?.['event'] ?? {}) as { readonly action?: string };
      const object = {
        kind: hit.workload?.kind ?? 'Pod',
        namespace: hit.namespace,
        name: hit.workload?.name ?? hit.pod,
      };
      this.decisions.push({
        time: hit.time,
        decision: action ?? '',
        component: '',
        object,
        reason: hit.message,
        evidence: {},
      });
    }
    this.#changed();
  }

  #apply(change: HealthChange): void {
    switch (change.type) {
      case 'WORKLOAD':
        this.workloads.set(
          workloadKey(change.workload.namespace, change.workload.kind, change.workload.name),
          change.workload,
        );
        break;
      case 'WORKLOAD_GONE':
        this.workloads.delete(workloadKey(change.namespace, change.workload.kind, change.workload.name));
        break;
      case 'NODE':
        this.nodes.set(change.node.name, change.node);
        break;
      case 'NODE_GONE':
        this.nodes.delete(change.name);
        break;
      case 'PROBE': {
        const key = `${change.podUid}/${change.container}/${change.probe}`;
        const { namespace, pod, container, probe, check, point } = change;
        const points = [...(this.probes.get(key)?.points ?? []), point].slice(-MAX_POINTS);
        this.probes.set(key, { namespace, pod, container, probe, check, points });
        break;
      }
      case 'DECISION':
        this.decisions.unshift(change.decision);
        this.decisions.length = Math.min(this.decisions.length, MAX_DECISIONS);
        break;
      case 'SYNC':
        this.problem = '';
        break;
      case 'TERMINATION':
      case 'LOST':
        break;
    }
  }

  async #readPods(signal: AbortSignal): Promise<void> {
    const list = await getJson<KubeList<Pod>>('/api/v1/pods', signal);
    this.pods.clear();
    for (const pod of list.items) this.pods.set(pod.metadata?.uid ?? '', pod);
    this.#changed();
    const path = `/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=${list.metadata.resourceVersion}`;
    for await (const event of jsonLines<WatchEvent<Pod>>(path, signal)) {
      if (event.type === 'ERROR') return;
      if (event.type === 'BOOKMARK') continue;
      const uid = event.object.metadata?.uid ?? '';
      if (event.type === 'DELETED') {
        this.pods.delete(uid);
        for (const key of this.probes.keys()) if (key.startsWith(`${uid}/`)) this.probes.delete(key);
      } else {
        this.pods.set(uid, event.object);
      }
      this.#changed();
    }
  }

  async #readAlerts(signal: AbortSignal): Promise<void> {
    const seen = new Set<string>();
    for await (const change of jsonLines<AlertChange>('/apis/alerts.vigil.dev/v1/alerts?watch=true', signal)) {
      if (change.type === 'ALERT') {
        seen.add(change.alert.fingerprint);
        this.alerts.set(change.alert.fingerprint, change.alert);
      } else if (change.type === 'GONE') {
        this.alerts.delete(change.fingerprint);
      } else {
        for (const fingerprint of this.alerts.keys()) if (!seen.has(fingerprint)) this.alerts.delete(fingerprint);
      }
      this.#changed();
    }
  }
}

export function workloadKey(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind}/${name}`;
}
