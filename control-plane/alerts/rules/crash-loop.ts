import { countOf, oneLine } from '../../health/verdicts/sentence.ts';
import type { AlertFacts, PresentContainer } from '../alert-facts.ts';
import type { AlertRule } from '../alert-rule.ts';
import { aboutContainer, isRecent, lastEnd, statusEvidence, terminationEvidence } from './about-container.ts';

/** From here on it is no longer a mishap. */
const MIN_RESTARTS = 2;
/** Ready for so long after an end, it has recovered. */
const RECOVERED_AFTER_MS = 30_000;

/** A container ends soon after each start. */
export const crashLoop: AlertRule = {
  name: 'CrashLoop',
  severity: 'critical',
  forMs: 10_000,
  evaluate: (facts) =>
    facts.containers.flatMap((container) => {
      const end = lastEnd(facts, container);
      const { pod, name, status } = container;
      const endedTime = end?.time ?? endedAt(container);
      if (!loops(facts, container, endedTime) || !isRecent(facts, endedTime)) return [];
      const evidence = end ? terminationEvidence(end) : statusEvidence(container);
      const lastLine = oneLine(end?.lastLines.at(-1) ?? '');
      const said = lastLine === '' ? '' : ` Its last line: ${lastLine}`;
      return [
        {
          ...aboutContainer(facts, container),
          summary: `${name} of ${pod.metadata?.name ?? ''} keeps crashing`,
          description: `${countOf(status.restartCount, 'restart')} on ${pod.spec?.nodeName ?? ''}, last exit code ${evidence.exitCode ?? 'unknown'} (${evidence.reason ?? 'Error'}).${said}`,
          evidence,
        },
      ];
    }),
  prometheus: {
    expr: 'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
    summary: '{{ $labels.container }} of {{ $labels.pod }} keeps crashing',
    description:
      'Container {{ $labels.container }} in {{ $labels.namespace }}/{{ $labels.pod }} is in CrashLoopBackOff.',
  },
};

/** In back-off, or running for a moment between two bad ends: that moment must not resolve the alert. */
function loops(facts: AlertFacts, { status }: PresentContainer, endedTime: string | undefined): boolean {
  if (status.restartCount < MIN_RESTARTS) return false;
  if (status.state?.waiting?.reason === 'CrashLoopBackOff') return true;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  if (ended === undefined || ended.exitCode === 0) return false;
  return !status.ready || facts.nowMs - Date.parse(endedTime ?? '') < RECOVERED_AFTER_MS;
}

function endedAt({ status }: PresentContainer): string | undefined {
  return status.state?.terminated?.finishedAt ?? status.lastState?.terminated?.finishedAt;
}
