import type { Clock } from '../../lib/clock.ts';
import { isConflict, isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import type { EventRecorder, EventType } from '../../lib/kube/event-recorder.ts';
import { keyOf } from '../../lib/kube/object-key.ts';
import { workloadOf } from '../../lib/kube/owner.ts';
import { podCondition } from '../../lib/kube/pod-facts.ts';
import { pods } from '../../lib/kube/resources.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { DecisionLog } from '../../lib/signals/decision-log.ts';
import type { Placement } from './decide.ts';

interface PlacementReportsDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly decisions: DecisionLog;
}

/** Tells what was decided about a pod: Events, the condition PodScheduled, and the decision with its figures. */
export class PlacementReports {
  readonly #deps: PlacementReportsDeps;

  constructor(deps: PlacementReportsDeps) {
    this.#deps = deps;
  }

  placed(pod: Pod, placement: Placement & { readonly fits: true }, tookMs: number): void {
    const { node, avoidance, scores, refused } = placement;
    const assigned = `Successfully assigned ${keyOf(pod)} to ${node}`;
    const sentence = avoidance ? `${assigned} (${avoidance})` : assigned;
    this.#event(pod, 'Normal', 'Scheduled', sentence);
    const { name = '', namespace, uid } = pod.metadata ?? {};
    this.#deps.decisions.decided({
      type: 'decision',
      time: new Date(this.#deps.clock.now()).toISOString(),
      decision: avoidance ? 'AvoidNode' : 'Schedule',
      component: 'scheduler',
      object: { kind: 'Pod', namespace, name, uid },
      workload: workloadOf(pod),
      node,
      reason: sentence,
      evidence: {
        scores: Object.fromEntries(scores.map((score) => [score.node, score.total])),
        refused,
        tookMs: Math.round(tookMs * 10) / 10,
        failures: Object.fromEntries(
          scores.flatMap((score) => (score.failures ? [[score.node, { ...score.failures }]] : [])),
        ),
      },
    });
  }

  bindingRejected(pod: Pod, why: string): void {
    this.#event(pod, 'Warning', 'FailedScheduling', `binding rejected: ${why}`);
  }

  /** Says in the pod's condition and once in an event why it has no node. */
  async unschedulable(pod: Pod, message: string, signal: AbortSignal): Promise<void> {
    const before = podCondition(pod, 'PodScheduled');
    if (before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message) return;
    this.#event(pod, 'Warning', 'FailedScheduling', message);
    const now = kubeTime(this.#deps.clock.now());
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: before?.status === 'False' ? (before.lastTransitionTime ?? now) : now,
    };
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    const status = { ...pod.status, conditions: [...others, condition] };
    try {
      await this.#deps.client.update(pods, { ...pod, status }, { subresource: 'status' }, signal);
    } catch (error) {
      // Changed or gone meanwhile: the change itself brings the pod to the scheduler again.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  #event(pod: Pod, type: EventType, reason: string, message: string): void {
    this.#deps.events.event({ resource: pods, object: pod }, type, reason, message);
  }
}
