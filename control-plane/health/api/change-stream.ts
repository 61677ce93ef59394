import type { HealthChange, NodeSummary, WorkloadSummary } from '../../../lib/health-api.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import type { Signal } from '../../../lib/signals/records.ts';
import { terminationSummary } from '../judge.ts';
import { pointOf } from '../signal-hub.ts';
import { splitWorkloadKey, workloadKey } from '../workload-key.ts';
import { LineQueue } from './line-queue.ts';
import { decisionSummary, nodeSummary, summaryOf, type HealthScope, type HealthSources } from './summaries.ts';

/** What happens within this time is told together, so that a rollout does not recompute a workload for each of its changes. */
const GATHER_MS = 100;
/** Some verdicts change by time alone (a container that has run long enough since its last crash): what is not well is looked at again this often. */
const REVIEW_MS = 5_000;
/** Sequences of probes are sent as they come, but no reader is kept waiting for more lines than this. */
const MAX_WAITING_LINES = 2_000;

/**
 * Every summary once, `SYNC`, then what changes, until `signal` aborts. Heartbeats alone are no change. A reader that is too slow is told how many lines it
 * lost, and reads the summary again.
 */
export async function* healthChanges(
  sources: HealthSources,
  scope: HealthScope,
  signal: AbortSignal,
): AsyncGenerator<HealthChange> {
  const queue = new LineQueue<HealthChange>(MAX_WAITING_LINES, (count) => ({ type: 'LOST', count }));
  const changes = new ChangeGatherer(sources, scope, (change) => queue.push(change));
  changes.start();
  try {
    yield* queue.lines(signal);
  } finally {
    changes.stop();
  }
}

/** Watches the caches and the hub and says what became different since it last said it. */
class ChangeGatherer {
  readonly #sources: HealthSources;
  readonly #scope: HealthScope;
  readonly #push: (change: HealthChange) => void;
  readonly #dirtyWorkloads = new Set<string>();
  readonly #dirtyNodes = new Set<string>();
  readonly #said = new Map<string, string>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #unwell = new Set<string>();
  #cancelTimer: (() => void) | undefined;
  #cancelReview: (() => void) | undefined;

  constructor(sources: HealthSources, scope: HealthScope, push: (change: HealthChange) => void) {
    this.#sources = sources;
    this.#scope = scope;
    this.#push = push;
  }

  start(): void {
    const { view, hub, clock } = this.#sources;
    // Informers tell what is there at once, so everything is dirty before the first flush.
    this.#unsubscribe.push(
      view.pods.onChange((_, pod) => this.#markWorkload(view.keyOf(pod))),
      view.deployments.onChange((_, one) =>
        this.#markWorkload(`${one.metadata?.namespace}/Deployment/${one.metadata?.name}`),
      ),
      view.statefulSets.onChange((_, one) =>
        this.#markWorkload(`${one.metadata?.namespace}/StatefulSet/${one.metadata?.name}`),
      ),
      view.replicaSets.onChange((type, one) => {
        if (type !== 'DELETED') this.#markWorkload(`${one.metadata?.namespace}/ReplicaSet/${one.metadata?.name}`);
      }),
      view.nodes.onChange((_, node) => this.#markNode(keyOf(node))),
      hub.subscribe((event) => {
        if (event.kind === 'connection') this.#markNode(event.node);
        else if (event.kind === 'decision') this.#tellDecision(event.decision);
        else this.#tellSignal(event.signal);
      }),
    );
    this.#flush();
    this.#reviewLater();
    this.#push({ type: 'SYNC', time: new Date(clock.now()).toISOString() });
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelTimer?.();
    this.#cancelReview?.();
  }

  #wants(namespace: string): boolean {
    return this.#scope.namespace === undefined || this.#scope.namespace === namespace;
  }

  #markWorkload(key: string): void {
    if (!this.#wants(splitWorkloadKey(key).namespace)) return;
    this.#dirtyWorkloads.add(key);
    this.#flushSoon();
  }

  #markNode(name: string): void {
    if (!this.#scope.hasNodes) return;
    this.#dirtyNodes.add(name);
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#cancelTimer ??= this.#sources.clock.after(GATHER_MS, () => {
      this.#cancelTimer = undefined;
      this.#flush();
    });
  }

  #reviewLater(): void {
    this.#cancelReview = this.#sources.clock.after(REVIEW_MS, () => {
      for (const key of this.#unwell) this.#markWorkload(key);
      this.#reviewLater();
    });
  }

  #flush(): void {
    for (const key of this.#dirtyWorkloads) this.#tellWorkload(key);
    for (const name of this.#dirtyNodes) this.#tellNode(name);
    this.#dirtyWorkloads.clear();
    this.#dirtyNodes.clear();
  }

  #tellWorkload(key: string): void {
    // A ReplicaSet of a Deployment is not a workload of its own.
    const workload = isOwned(this.#sources, key) ? undefined : summaryOf(this.#sources, key);
    if (workload && workload.state !== 'healthy') this.#unwell.add(key);
    else this.#unwell.delete(key);
    if (workload) {
      this.#tell(`workload ${key}`, comparable(workload), { type: 'WORKLOAD', workload });
      return;
    }
    if (!this.#said.delete(`workload ${key}`)) return;
    const { namespace, kind, name } = splitWorkloadKey(key);
    this.#push({ type: 'WORKLOAD_GONE', namespace, workload: { kind, name } });
  }

  #tellNode(name: string): void {
    const node = nodeSummary(this.#sources, name);
    if (node) this.#tell(`node ${name}`, comparable(node), { type: 'NODE', node });
    else if (this.#said.delete(`node ${name}`)) this.#push({ type: 'NODE_GONE', name });
  }

  #tell(id: string, content: string, change: HealthChange): void {
    if (this.#said.get(id) === content) return;
    this.#said.set(id, content);
    this.#push(change);
  }

  #tellDecision(decision: Parameters<typeof decisionSummary>[0]): void {
    const { namespace } = decision.object;
    if (namespace === undefined ? !this.#scope.hasNodes : !this.#wants(namespace)) return;
    this.#push({ type: 'DECISION', decision: decisionSummary(decision) });
  }

  #tellSignal(signal: Signal): void {
    if (!this.#wants(signal.namespace)) return;
    const { namespace, pod, podUid, container, node, workload } = signal;
    const subject = { namespace, pod, podUid, container, workload };
    if (signal.type === 'probe') {
      const { probe, check } = signal;
      this.#push({ type: 'PROBE', ...subject, node, probe, check, point: pointOf(signal) });
    } else {
      this.#push({ type: 'TERMINATION', ...subject, termination: terminationSummary(signal) });
    }
    if (signal.type === 'termination' || signal.outcome !== 'success' || signal.run === 1) {
      this.#markWorkload(workloadKey(namespace, workload));
    }
  }
}

function isOwned(sources: HealthSources, key: string): boolean {
  const { namespace, kind, name } = splitWorkloadKey(key);
  if (kind !== 'ReplicaSet') return false;
  const owners = sources.view.replicaSets.get(`${namespace}/${name}`)?.metadata?.ownerReferences ?? [];
  return owners.some((owner) => owner.controller === true);
}

/** Without what changes with every heartbeat. */
function comparable(summary: WorkloadSummary | NodeSummary): string {
  if (!('heartbeatAgeMs' in summary)) return JSON.stringify(summary);
  const { heartbeatAgeMs: _, why, ...rest } = summary;
  return JSON.stringify({ ...rest, why: why.replace(/heartbeat [\d.]+ s ago/, 'heartbeat') });
}
