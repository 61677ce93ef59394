import { quoted } from '../../health/verdicts/sentence.ts';
import type { AlertRule } from '../alert-rule.ts';
import { aboutContainer, isRecent, lastEnd, terminationEvidence } from './about-container.ts';

const reasons: ReadonlySet<string> = new Set(['LivenessProbeFailed', 'StartupProbeFailed']);

/** A container was killed because its liveness or startup probe failed. */
export const livenessRestart: AlertRule = {
  name: 'LivenessRestart',
  severity: 'warning',
  forMs: 0,
  evaluate: (facts) =>
    facts.containers.flatMap((container) => {
      const end = lastEnd(facts, container);
      if (!end || !reasons.has(end.reason) || !isRecent(facts, end.time)) return [];
      const which = end.reason === 'LivenessProbeFailed' ? 'liveness' : 'startup';
      const answered = end.probe
        ? ` It answered ${quoted(end.probe.output)}, ${end.probe.run} of ${end.probe.threshold}.`
        : '';
      return [
        {
          ...aboutContainer(facts, container),
          summary: `${end.container} of ${end.pod} was restarted by its ${which} probe`,
          description: `The ${which} probe failed on ${end.node}.${answered} It has been restarted ${container.status.restartCount} times.`,
          evidence: terminationEvidence(end),
        },
      ];
    }),
  prometheus: {
    expr: [
      'sum by (namespace, pod, container) (increase(kube_pod_container_status_restarts_total[5m])) > 0',
      'and',
      'sum by (namespace, pod, container) (increase(prober_probe_total{probe_type=~"Liveness|Startup",result="failed"}[5m])) > 0',
    ].join('\n'),
    summary: '{{ $labels.container }} of {{ $labels.pod }} was restarted by a probe',
    description:
      'Container {{ $labels.container }} in {{ $labels.namespace }}/{{ $labels.pod }} restarted within 5 minutes while its liveness or startup probe failed.',
  },
};
