import { milliValue } from '../../../lib/kube/quantity.ts';
import type { LimitRange, NetworkPolicy, PodDisruptionBudget, ResourceQuota } from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';

const amount = (text: string): number => milliValue(text) / 1_000;

/** `kube_resourcequota` and when it was created. */
export function addResourceQuota(text: MetricText, { metadata, status }: ResourceQuota): void {
  const id = { namespace: metadata?.namespace, resourcequota: metadata?.name };
  text.time('kube_resourcequota_created', 'Unix creation timestamp', id, metadata?.creationTimestamp);
  for (const type of ['hard', 'used'] as const) {
    for (const [resource, quantity] of Object.entries(status?.[type] ?? {}))
      text.gauge(
        'kube_resourcequota',
        'Information about resource quota.',
        { ...id, resource, type },
        amount(quantity),
      );
  }
}

/** `kube_limitrange` and when it was created. */
export function addLimitRange(text: MetricText, { metadata, spec }: LimitRange): void {
  const id = { namespace: metadata?.namespace, limitrange: metadata?.name };
  text.time('kube_limitrange_created', 'Unix creation timestamp', id, metadata?.creationTimestamp);
  for (const limit of spec?.limits ?? []) {
    for (const constraint of ['min', 'max', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const) {
      for (const [resource, quantity] of Object.entries(limit[constraint] ?? {})) {
        const labels = { ...id, resource, type: limit.type, constraint };
        text.gauge('kube_limitrange', 'Information about limit range.', labels, amount(quantity));
      }
    }
  }
}

/** `kube_poddisruptionbudget_*`. */
export function addPodDisruptionBudget(text: MetricText, { metadata, status }: PodDisruptionBudget): void {
  const id = { namespace: metadata?.namespace, poddisruptionbudget: metadata?.name };
  const { creationTimestamp, deletionTimestamp } = metadata ?? {};
  text.time('kube_poddisruptionbudget_created', 'Unix creation timestamp', id, creationTimestamp);
  text.time('kube_poddisruptionbudget_deletion_timestamp', 'Unix deletion timestamp', id, deletionTimestamp);
  for (const [suffix, help, value] of [
    ['current_healthy', 'The healthy pods.', status?.currentHealthy],
    ['desired_healthy', 'The least healthy pods that there should be.', status?.desiredHealthy],
    ['pod_disruptions_allowed', 'The disruptions that are allowed now.', status?.disruptionsAllowed],
    ['expected_pods', 'The pods that the budget counts.', status?.expectedPods],
    ['observed_generation', 'The generation of which the status tells.', status?.observedGeneration],
  ] as const) {
    text.gauge(`kube_poddisruptionbudget_status_${suffix}`, help, id, value ?? 0);
  }
}

/** `kube_networkpolicy_*`. */
export function addNetworkPolicy(text: MetricText, { metadata, spec }: NetworkPolicy): void {
  const id = { namespace: metadata?.namespace, networkpolicy: metadata?.name };
  text.time('kube_networkpolicy_created', 'Unix creation timestamp', id, metadata?.creationTimestamp);
  text.gauge('kube_networkpolicy_spec_ingress_rules', 'The number of ingress rules.', id, spec?.ingress?.length ?? 0);
  text.gauge('kube_networkpolicy_spec_egress_rules', 'The number of egress rules.', id, spec?.egress?.length ?? 0);
}
