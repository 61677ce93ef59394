import { badRequest, conflict } from '../../../lib/kube/status-errors.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import { pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { cloneObject, type ApiObject } from '../api-object.ts';
import type { SubresourceHandler } from '../registry.ts';
import { updateObject } from '../update.ts';
import { success } from './success.ts';

/** `pods/binding`: gives a pod its node. Once and for all: 409 when it has one or is being deleted. */
export const bindPod: SubresourceHandler = async (registry, key, body, context) => {
  const target = (body['target'] ?? {}) as { kind?: string; name?: string };
  if (!target.name) throw badRequest('Binding "" is invalid: target.name: Required value');
  if (target.kind && target.kind !== 'Node')
    throw badRequest(
      `Binding "" is invalid: target.kind: Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`,
    );
  const node = target.name;
  const now = kubeTime(registry.clock.now());
  await updateObject(registry, registry.of(pods), { ...key, subresource: 'binding' }, context, (current) =>
    bound(current, node, body, now),
  );
  return success(201);
};

function bound(current: ApiObject & Pod, node: string, binding: ApiObject, now: string): ApiObject {
  const name = current.metadata.name ?? '';
  const { uid } = binding.metadata ?? {};
  if (uid && uid !== current.metadata.uid) {
    throw conflict(
      pods,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  if (current.metadata.deletionTimestamp)
    throw conflict(pods, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (current.spec?.nodeName)
    throw conflict(pods, name, `pod ${name} is already assigned to node "${current.spec.nodeName}"`);
  const { resourceVersion: _version, ...metadata } = cloneObject(current.metadata);
  if (binding.metadata?.annotations)
    metadata.annotations = { ...metadata.annotations, ...binding.metadata.annotations };
  const others = (current.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  // Where it was to go once others had made room says nothing any more.
  const { nominatedNodeName: _, ...status } = current.status ?? {};
  return {
    ...current,
    metadata,
    // What pods of a template share stays shared.
    spec: { ...current.spec, nodeName: node },
    status: { ...status, conditions: [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: now }] },
  };
}
