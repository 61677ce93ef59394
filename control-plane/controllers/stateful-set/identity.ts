import { controllerRef } from '../../../lib/kube/owner.ts';
import { statefulSets } from '../../../lib/kube/resources.ts';
import type { Pod, PodTemplateSpec, StatefulSet } from '../../../lib/kube/types.ts';
import { claimNameOf } from './claims.ts';

/** Labels by which the pods of a stateful set are known. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';
/** The name of the revision that a pod was made from. */
const revisionLabel = 'controller-revision-hash';

export function podNameOf(set: StatefulSet, ordinal: number): string {
  return `${set.metadata?.name ?? ''}-${ordinal}`;
}

/** The number at the end of the name of a set's pod; `undefined` when it is none of its names. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const name = pod.metadata?.name ?? '';
  const stem = `${set.metadata?.name ?? ''}-`;
  const digits = name.startsWith(stem) ? name.slice(stem.length) : '';
  return /^(0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : undefined;
}

/** Ordinals of the pods that a set wants: `from` is one of them unless there are none, `to` is not. */
export function wantedOrdinals(set: StatefulSet): { readonly from: number; readonly to: number } {
  const from = set.spec?.ordinals?.start ?? 0;
  return { from, to: from + (set.spec?.replicas ?? 1) };
}

export function revisionOfPod(pod: Pod): string {
  return pod.metadata?.labels?.[revisionLabel] ?? '';
}

/** The pod of an ordinal, from a revision's template. */
export function podOf(set: StatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): Pod {
  const name = podNameOf(set, ordinal);
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: set.metadata?.namespace,
      ownerReferences: [controllerRef(statefulSets, set)],
      labels: { ...labels, ...identityLabels(name, ordinal), [revisionLabel]: revision },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
    spec: {
      ...template.spec,
      containers: template.spec?.containers ?? [],
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
      volumes: volumesOf(set, ordinal, template),
    },
  };
}

/** Labels that somebody took from a pod and that it must have; `undefined` when it has them. */
export function missingLabels(set: StatefulSet, pod: Pod): Record<string, string> | undefined {
  const ordinal = ordinalOf(set, pod);
  if (ordinal === undefined) return undefined;
  const wanted = Object.entries(identityLabels(pod.metadata?.name ?? '', ordinal));
  const missing = wanted.filter(([name, value]) => pod.metadata?.labels?.[name] !== value);
  return missing.length > 0 ? Object.fromEntries(missing) : undefined;
}

function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [podNameLabel]: name, [podIndexLabel]: String(ordinal) };
}

/** A claim takes the place of a volume of the same name. */
function volumesOf(set: StatefulSet, ordinal: number, template: PodTemplateSpec) {
  const claimed = (set.spec?.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimNameOf(set, claim, ordinal), readOnly: false },
  }));
  const names = new Set(claimed.map(({ name }) => name));
  return [...claimed, ...(template.spec?.volumes ?? []).filter(({ name }) => !names.has(name))];
}
