import { disruptedStatus, type Disruption } from '../../../lib/kube/disruption-target.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import { isPodFinished, isPodReady } from '../../../lib/kube/pod-facts.ts';
import { podDisruptionBudgets, pods } from '../../../lib/kube/resources.ts';
import { notFound, statusError } from '../../../lib/kube/status-errors.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { Pod, PodDisruptionBudget } from '../../../lib/kube/types.ts';
import { cloneObject, type ApiObject } from '../api-object.ts';
import { deleteObject, type DeleteRequest } from '../delete.ts';
import { cacheKey, type Registry, type SubresourceHandler } from '../registry.ts';
import { systemContext } from '../request.ts';
import { updateObject } from '../update.ts';
import { success } from './success.ts';

const evicted: Disruption = { reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
/** Evictions under way that a budget remembers at most. */
const MAX_DISRUPTED = 2_000;

/** `pods/eviction`: a delete that a disruption budget may refuse with 429; the client is to try again. */
export const evictPod: SubresourceHandler = async (registry, key, body, context) => {
  const options = (body['deleteOptions'] ?? {}) as DeleteRequest & { dryRun?: readonly string[] };
  const dryRun = context.dryRun || (options.dryRun?.includes('All') ?? false);
  const pod = registry.of(pods).cache.get(cacheKey(key.namespace, key.name))?.object;
  if (!pod) throw notFound(pods, key.name);
  let { preconditions } = options;
  if (mattersToBudgets(pod)) {
    await takeFromBudget(registry, pod, dryRun);
    if (isMeant(pod, preconditions)) {
      const resourceVersion = await markDisrupted(registry, pod, dryRun);
      if (preconditions?.resourceVersion && !dryRun) preconditions = { ...preconditions, resourceVersion };
    }
  }
  await deleteObject(registry, registry.of(pods), key, { ...options, preconditions }, { ...context, dryRun });
  return success(201);
};

/** What has ended, never ran, or is going anyway disrupts nobody. */
function mattersToBudgets(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.status?.phase !== 'Pending' && pod.metadata?.deletionTimestamp === undefined;
}

function isMeant({ metadata }: Pod, preconditions: DeleteRequest['preconditions']): boolean {
  const { uid, resourceVersion } = preconditions ?? {};
  return (!uid || uid === metadata?.uid) && (!resourceVersion || resourceVersion === metadata?.resourceVersion);
}

/** Says to job controllers and people that the pod will not have failed by itself. Resolves with the revision of the pod that says so. */
async function markDisrupted(registry: Registry, pod: ApiObject & Pod, dryRun: boolean): Promise<string | undefined> {
  const { namespace, name = '' } = pod.metadata;
  const target = { namespace, name, subresource: 'status' as const };
  const marked = await updateObject(
    registry,
    registry.of(pods),
    target,
    systemContext('eviction', dryRun),
    (current) => {
      const changed = cloneObject(current as ApiObject & Pod);
      changed.status = disruptedStatus(changed, evicted, registry.clock.now());
      return changed;
    },
  );
  return marked.object.metadata.resourceVersion;
}

async function takeFromBudget(registry: Registry, pod: ApiObject & Pod, dryRun: boolean): Promise<void> {
  const { namespace, name = '' } = pod.metadata;
  const budgets = [...registry.of(podDisruptionBudgets).cache.all(namespace)]
    .map(({ object }) => object as ApiObject & PodDisruptionBudget)
    .filter(({ spec }) => spec?.selector && labelMatcher(spec.selector).matches(pod.metadata.labels));
  const [budget] = budgets;
  if (!budget) return;
  if (budgets.length > 1)
    throw statusError(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  if (isFree(budget, pod)) return;
  const target = { namespace, name: budget.metadata.name ?? '', subresource: 'status' as const };
  const context = systemContext('eviction', dryRun);
  await updateObject(registry, registry.of(podDisruptionBudgets), target, context, (current) => {
    const now = current as ApiObject & PodDisruptionBudget;
    refuseWhenSpent(now);
    const changed = cloneObject(now);
    const status = changed.status;
    if (status) {
      status.disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1;
      status.disruptedPods = { ...status.disruptedPods, [name]: kubeTime(registry.clock.now()) };
    }
    return changed;
  });
}

/** A pod that is not ready serves nobody: it may go while the others are enough, or always where the budget says so. */
function isFree({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isPodReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return (status?.desiredHealthy ?? 0) > 0 && (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0);
}

function refuseWhenSpent({ metadata, status }: ApiObject & PodDisruptionBudget): void {
  const name = metadata.name ?? '';
  const refuse = (message: string): Error =>
    statusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message }],
    });
  if (!status || (status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    throw statusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${name} is still being processed by the server.`,
        },
      ],
      retryAfterSeconds: 10,
    });
  if ((status.disruptionsAllowed ?? 0) <= 0)
    throw refuse(
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    );
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED)
    throw refuse(`The disruption budget ${name} has too many evictions under way`);
}
