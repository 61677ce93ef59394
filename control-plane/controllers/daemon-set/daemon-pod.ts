import { daemonSets } from '../../../lib/kube/resources.ts';
import type { DaemonSet, Pod } from '../../../lib/kube/types.ts';
import { podFromTemplate } from '../pod-from-template.ts';
import { daemonTolerations, revisionLabel } from './plan.ts';

/** The pod of a set for one node: sent there by affinity, so that the scheduler still looks at what the node can take. */
export function daemonPod(set: DaemonSet, node: string, revision: string): Pod {
  const pod = podFromTemplate(daemonSets, set, set.spec?.template);
  const { spec } = pod;
  const meansNode = { key: 'metadata.name', operator: 'In', values: [node] };
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  // Every term stands for itself: each has to mean this node.
  const terms = required?.nodeSelectorTerms.map((term) => ({ ...term, matchFields: [meansNode] }));
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, [revisionLabel]: revision } },
    spec: {
      ...spec,
      containers: spec?.containers ?? [],
      tolerations: [...(spec?.tolerations ?? []), ...daemonTolerations],
      affinity: {
        ...spec?.affinity,
        nodeAffinity: {
          ...spec?.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: terms ?? [{ matchFields: [meansNode] }],
          },
        },
      },
    },
  };
}
