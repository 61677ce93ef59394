import { podCondition } from '../../lib/kube/pod-facts.ts';
import { milliValue } from '../../lib/kube/quantity.ts';
import type { Container, Pod } from '../../lib/kube/types.ts';
import type { PodReading } from './replica-calculator.ts';

/** What containers of a pod use, as the resource metrics know it. */
export interface PodUsageSource {
  podUsage(
    node: string,
    namespace: string,
    name: string,
  ):
    | {
        readonly uid: string;
        readonly containers: readonly {
          readonly name: string;
          readonly timeMs: number;
          readonly windowMs: number;
          readonly nanoCores: number;
          readonly memoryBytes: number;
        }[];
      }
    | undefined;
}

/** A pod as the calculation sees it, for `cpu` or `memory`, of all containers or of one. */
export function podReading(
  pod: Pod,
  resource: string,
  container: string | undefined,
  source: PodUsageSource,
): PodReading {
  const ready = podCondition(pod, 'Ready');
  const sinceMs = Date.parse(ready?.lastTransitionTime ?? '');
  const startMs = Date.parse(pod.status?.startTime ?? '');
  return {
    name: pod.metadata?.name ?? '',
    phase: pod.status?.phase ?? 'Pending',
    isDeleted: pod.metadata?.deletionTimestamp !== undefined,
    ...(Number.isNaN(startMs) ? {} : { startMs }),
    ...(ready && !Number.isNaN(sinceMs) ? { ready: { isReady: ready.status === 'True', sinceMs } } : {}),
    ...usageOf(pod, resource, container, source),
    ...requestOf(pod, resource, container),
  };
}

function usageOf(
  pod: Pod,
  resource: string,
  container: string | undefined,
  source: PodUsageSource,
): Pick<PodReading, 'usage'> {
  if (!pod.spec?.nodeName) return {};
  const found = source.podUsage(pod.spec.nodeName, pod.metadata?.namespace ?? '', pod.metadata?.name ?? '');
  if (!found || found.uid !== pod.metadata?.uid) return {};
  const counted = found.containers.filter((one) => container === undefined || one.name === container);
  const first = counted[0];
  if (!first) return {};
  const milli = counted.reduce(
    (sum, one) => sum + (resource === 'cpu' ? Math.ceil(one.nanoCores / 1e6) : one.memoryBytes * 1000),
    0,
  );
  return { usage: { milli, timeMs: first.timeMs, windowMs: first.windowMs } };
}

function requestOf(
  pod: Pod,
  resource: string,
  container: string | undefined,
): Pick<PodReading, 'requestMilli' | 'withoutRequest'> {
  const sidecars = (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always');
  const all: readonly Container[] = [...(pod.spec?.containers ?? []), ...sidecars];
  let requestMilli = 0;
  for (const one of all) {
    if (container !== undefined && one.name !== container) continue;
    const request = one.resources?.requests?.[resource];
    if (request === undefined) return { withoutRequest: one.name };
    requestMilli += milliValue(request);
  }
  return { requestMilli };
}
