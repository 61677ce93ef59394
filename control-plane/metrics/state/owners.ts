import type { KubeObject } from '../../../lib/kube/types.ts';
import type { LabelValues, MetricText } from './metric-text.ts';

/** One sample for each owner; one without names for an object that has none. */
export function addOwners(text: MetricText, metric: string, help: string, id: LabelValues, object: KubeObject): void {
  const owners = object.metadata?.ownerReferences ?? [];
  if (owners.length === 0) {
    text.gauge(metric, help, { ...id, owner_kind: '', owner_name: '', owner_is_controller: '' }, 1);
  }
  for (const { kind, name, controller } of owners) {
    text.gauge(
      metric,
      help,
      { ...id, owner_kind: kind, owner_name: name, owner_is_controller: controller ?? false },
      1,
    );
  }
}
