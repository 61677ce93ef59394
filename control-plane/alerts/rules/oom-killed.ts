import type { AlertRule } from '../alert-rule.ts';
import { aboutContainer, isRecent, lastEnd, statusEvidence, terminationEvidence } from './about-container.ts';

/** A container was killed because it used more memory than its limit. */
export const oomKilled: AlertRule = {
  name: 'OOMKilled',
  severity: 'warning',
  forMs: 0,
  evaluate: (facts) =>
    facts.containers.flatMap((container) => {
      const { pod, name, status } = container;
      const end = lastEnd(facts, container);
      const ended = status.state?.terminated ?? status.lastState?.terminated;
      const reason = end?.reason ?? ended?.reason;
      if (reason !== 'OOMKilled' || !isRecent(facts, end?.time ?? ended?.finishedAt)) return [];
      const spec = pod.spec?.containers.find((one) => one.name === name);
      const limit = spec?.resources?.limits?.['memory'] ?? 'none';
      return [
        {
          ...aboutContainer(facts, container),
          summary: `${name} of ${pod.metadata?.name ?? ''} ran out of memory`,
          description: `The kernel killed it on ${pod.spec?.nodeName ?? ''}; its memory limit is ${limit}. It has been restarted ${status.restartCount} times.`,
          evidence: end ? terminationEvidence(end) : statusEvidence(container),
        },
      ];
    }),
  prometheus: {
    expr: [
      'max by (namespace, pod, container) (kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}) == 1',
      'and',
      'sum by (namespace, pod, container) (increase(kube_pod_container_status_restarts_total[5m])) > 0',
    ].join('\n'),
    summary: '{{ $labels.container }} of {{ $labels.pod }} ran out of memory',
    description:
      'Container {{ $labels.container }} in {{ $labels.namespace }}/{{ $labels.pod }} was killed by the kernel for using more memory than its limit.',
  },
};
