import type { NodeSample, UsageSample } from './stats-summary.ts';
import { usageBetween, type Usage } from './usage.ts';

/** What has not been read for so long says nothing about now. */
const MAX_AGE_MS = 60_000;

export interface PodUsage {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly containers: readonly (Usage & { readonly name: string })[];
}

interface Series {
  readonly sample: UsageSample;
  readonly usage: Usage | undefined;
}

interface PodSeries {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly containers: ReadonlyMap<string, Series>;
}

interface NodeSeries {
  readonly readMs: number;
  readonly node: Series | undefined;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, PodSeries>;
}

/** The last reading of each node, with the rates between it and the one before. Bounded by what the nodes run. */
export class ResourceMetrics {
  readonly #now: () => number;
  readonly #nodes = new Map<string, NodeSeries>();

  constructor(now: () => number) {
    this.#now = now;
  }

  update(node: string, sample: NodeSample): void {
    const before = this.#nodes.get(node);
    const pods = new Map<string, PodSeries>();
    for (const { namespace, name, uid, containers } of sample.pods) {
      const key = `${namespace}/${name}`;
      const old = before?.pods.get(key);
      const same = old?.uid === uid ? old : undefined;
      const series = containers.map(
        (container) => [container.name, next(same?.containers.get(container.name), container.sample)] as const,
      );
      pods.set(key, { namespace, name, uid, containers: new Map(series) });
    }
    this.#nodes.set(node, { readMs: this.#now(), node: sample.node && next(before?.node, sample.node), pods });
  }

  forget(node: string): void {
    this.#nodes.delete(node);
  }

  nodeUsage(node: string): Usage | undefined {
    return this.#fresh(node)?.node?.usage;
  }

  /** `undefined` until every container of the pod has been read long enough. */
  podUsage(node: string, namespace: string, name: string): PodUsage | undefined {
    const pod = this.#fresh(node)?.pods.get(`${namespace}/${name}`);
    if (!pod || pod.containers.size === 0) return undefined;
    const containers: (Usage & { readonly name: string })[] = [];
    for (const [container, { usage }] of pod.containers) {
      if (!usage) return undefined;
      containers.push({ name: container, ...usage });
    }
    return { namespace, name, uid: pod.uid, containers };
  }

  #fresh(node: string): NodeSeries | undefined {
    const series = this.#nodes.get(node);
    return series && this.#now() - series.readMs <= MAX_AGE_MS ? series : undefined;
  }
}

function next(before: Series | undefined, sample: UsageSample): Series {
  // The agent may not have taken a new reading since: keep the rate that is known.
  if (before && sample.timeMs === before.sample.timeMs) return before;
  return { sample, usage: usageBetween(before?.sample, sample) };
}
