import type { ProbeType } from '../../../lib/signals/records.ts';
import { probeSentence } from '../../health/verdicts/sentence.ts';
import type { AlertRule } from '../alert-rule.ts';
import { aboutContainer, probeEvidence } from './about-container.ts';

const probes: readonly ProbeType[] = ['startup', 'liveness', 'readiness'];

/** A probe has failed as often as its threshold asks for, and goes on failing. */
export const containerProbeFailing: AlertRule = {
  name: 'ContainerProbeFailing',
  severity: 'warning',
  forMs: 30_000,
  evaluate: (facts) =>
    facts.containers.flatMap((container) => {
      const { pod, name, status } = container;
      return probes.flatMap((probe) => {
        const last = facts.lastProbe(pod.metadata?.uid ?? '', name, probe);
        if (!last || last.restartCount < status.restartCount) return [];
        if (last.outcome !== 'failure' || last.run < last.threshold) return [];
        const { namespace = '', name: podName = '' } = pod.metadata ?? {};
        return [
          {
            ...aboutContainer(facts, container, { probe }),
            summary: `${probe} probe of ${podName} fails`,
            description: `${probeSentence(last)}. The check is ${last.check}, on node ${last.node}.`,
            evidence: { probe: probeEvidence(last), node: last.node, restartCount: status.restartCount },
            tail: { node: pod.spec?.nodeName ?? '', namespace, pod: podName, container: name },
          },
        ];
      });
    }),
  prometheus: {
    expr: [
      'sum by (namespace, pod, container, probe_type) (increase(prober_probe_total{result="failed"}[2m])) > 2',
      'unless',
      'sum by (namespace, pod, container, probe_type) (increase(prober_probe_total{result="successful"}[2m])) > 0',
    ].join('\n'),
    summary: '{{ $labels.probe_type }} probe of {{ $labels.pod }} fails',
    description:
      'The {{ $labels.probe_type }} probe of container {{ $labels.container }} in {{ $labels.namespace }}/{{ $labels.pod }} failed {{ printf "%.0f" $value }} times in 2 minutes and never succeeded.',
  },
};
