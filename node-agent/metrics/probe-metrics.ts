import { metricNames } from '../../lib/metric-names.ts';
import { latencyBuckets, Metrics } from '../../lib/metrics.ts';
import type { ProbeRecord } from '../../lib/signals/records.ts';

const resultOf = { success: 'successful', failure: 'failed', unknown: 'unknown' } as const;
const typeOf = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' } as const;

/** Pods that have series although nobody scrapes; above it those that were quiet for longest lose theirs. */
const MAX_PODS = 500;

interface Probed {
  readonly namespace: string;
  readonly pod: string;
  readonly containers: Set<string>;
}

/** Probe attempts as metrics: `prober_*`, with durations for failures too. */
export class ProbeMetrics {
  readonly #metrics = new Metrics();
  readonly #attempts = this.#metrics.counter(metricNames.probes);
  readonly #seconds = this.#metrics.histogram(metricNames.probeSeconds, latencyBuckets);
  /** By uid, the quietest first. */
  readonly #probed = new Map<string, Probed>();

  /** Counts one attempt. */
  observe(record: ProbeRecord): void {
    const { container, pod, namespace, podUid } = record;
    const labels = { probe_type: typeOf[record.probe], container, pod, namespace };
    this.#attempts.inc({ ...labels, result: resultOf[record.outcome], pod_uid: podUid });
    this.#seconds.observe(labels, record.latencyMs / 1000);
    const probed = this.#probed.get(podUid) ?? { namespace, pod, containers: new Set() };
    probed.containers.add(container);
    this.#probed.delete(podUid);
    this.#probed.set(podUid, probed);
    const [quietest] = this.#probed.keys();
    if (this.#probed.size > MAX_PODS && quietest !== undefined) this.#forget(quietest);
  }

  /** Drops the series of all pods but these, which would stay for ever otherwise. */
  keepOnly(podUids: ReadonlySet<string>): void {
    for (const uid of this.#probed.keys()) if (!podUids.has(uid)) this.#forget(uid);
  }

  text(): Promise<string> {
    return this.#metrics.text();
  }

  #forget(uid: string): void {
    const probed = this.#probed.get(uid);
    this.#probed.delete(uid);
    if (!probed) return;
    const { namespace, pod } = probed;
    const successor = [...this.#probed.values()].some((other) => other.pod === pod && other.namespace === namespace);
    for (const container of probed.containers) {
      for (const probeType of Object.values(typeOf)) {
        const labels = { probe_type: probeType, container, pod, namespace };
        for (const result of Object.values(resultOf)) this.#attempts.remove({ ...labels, result, pod_uid: uid });
        // Durations carry no uid: a new pod of the same name goes on with them.
        if (!successor) this.#seconds.remove(labels);
      }
    }
  }
}
