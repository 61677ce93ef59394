import { oneLine } from '../../health/verdicts/sentence.ts';
import type { AlertRule } from '../alert-rule.ts';

/** A rule on a node condition that is bad when it is true. */
export function nodeConditionRule(options: {
  readonly name: string;
  readonly severity: AlertRule['severity'];
  readonly forMs: number;
  readonly condition: string;
  /** What it means, after the node's name. */
  readonly words: string;
}): AlertRule {
  const { name, severity, forMs, condition, words } = options;
  return {
    name,
    severity,
    forMs,
    evaluate: (facts) =>
      facts.nodes.flatMap((node) => {
        const found = node.status?.conditions?.find((one) => one.type === condition);
        if (found?.status !== 'True') return [];
        const nodeName = node.metadata?.name ?? '';
        return [
          {
            labels: { node: nodeName },
            summary: `${nodeName} ${words}`,
            description:
              oneLine(found.message ?? '') ||
              `${condition} is true since ${found.lastTransitionTime ?? 'an unknown time'}`,
            evidence: { node: nodeName, reason: found.reason },
            object: { kind: 'Node', name: nodeName, uid: node.metadata?.uid },
          },
        ];
      }),
    prometheus: {
      expr: `kube_node_status_condition{condition="${condition}",status="true"} == 1`,
      summary: `{{ $labels.node }} ${words}`,
      description: `The condition ${condition} of node {{ $labels.node }} is true.`,
    },
  };
}
