import type { ProbeType } from '../../../lib/signals/records.ts';
import { oneLine } from '../../health/verdicts/sentence.ts';
import type { AlertRule } from '../alert-rule.ts';
import { aboutContainer, probeEvidence } from './about-container.ts';

const probes: readonly ProbeType[] = ['startup', 'liveness', 'readiness'];

/** A probe cannot be run at all, so nobody knows how the container is. */
export const probeCannotRun: AlertRule = {
  name: 'ProbeCannotRun',
  severity: 'warning',
  forMs: 30_000,
  evaluate: (facts) =>
    facts.containers.flatMap((container) =>
      probes.flatMap((probe) => {
        const { pod, name, status } = container;
        const last = facts.lastProbe(pod.metadata?.uid ?? '', name, probe);
        if (!last || last.restartCount < status.restartCount) return [];
        if (last.outcome !== 'unknown' || last.run < last.threshold) return [];
        return [
          {
            ...aboutContainer(facts, container, { probe }),
            summary: `${probe} probe of ${pod.metadata?.name ?? ''} cannot be run`,
            description: `${last.check} could not be run ${last.run} times in a row: ${oneLine(last.output)}`,
            evidence: { probe: probeEvidence(last), node: last.node, restartCount: status.restartCount },
          },
        ];
      }),
    ),
  prometheus: {
    expr: 'sum by (namespace, pod, container, probe_type) (increase(prober_probe_total{result="unknown"}[2m])) > 2',
    summary: '{{ $labels.probe_type }} probe of {{ $labels.pod }} cannot be run',
    description:
      'The {{ $labels.probe_type }} probe of container {{ $labels.container }} in {{ $labels.namespace }}/{{ $labels.pod }} could not be run for 2 minutes.',
  },
};
