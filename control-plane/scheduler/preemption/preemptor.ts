import type { Clock } from '../../../lib/clock.ts';
import { isConflict, isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { markDisrupted, type Disruption } from '../../../lib/kube/disruption-target.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { workloadOf } from '../../../lib/kube/owner.ts';
import { priorityOf } from '../../../lib/kube/pod-facts.ts';
import { pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import type { DecisionLog } from '../../../lib/signals/decision-log.ts';
import type { Preemption } from './choose-victims.ts';

const preempted: Disruption = {
  reason: 'PreemptionByScheduler',
  message: 'default-scheduler: preempting to accommodate a higher priority pod',
};

interface PreemptorDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly decisions: DecisionLog;
}

/** Ends pods for one that matters more, and says so: in their condition, in Events, and in the decision. */
export class Preemptor {
  readonly #deps: PreemptorDeps;

  constructor(deps: PreemptorDeps) {
    this.#deps = deps;
  }

  /** Resolves when all victims are being ended and the pod says which node it waits for. */
  async makeRoom(pod: Pod, preemption: Preemption, signal: AbortSignal): Promise<void> {
    for (const victim of preemption.victims) await this.#end(victim, pod, preemption.node, signal);
    this.#report(pod, preemption);
    const nominated = { status: { nominatedNodeName: preemption.node } };
    try {
      await this.#deps.client.patch(pods, splitKey(keyOf(pod)), 'merge', nominated, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #end(victim: Pod, pod: Pod, node: string, signal: AbortSignal): Promise<void> {
    const { client, events, clock } = this.#deps;
    const preconditions = { uid: victim.metadata?.uid ?? '' };
    try {
      await markDisrupted(client, victim, preempted, clock.now(), signal);
      await client.delete(pods, splitKey(keyOf(victim)), { preconditions }, signal);
    } catch (error) {
      // Gone already, or another pod of that name.
      if (isNotFound(error) || isConflict(error)) return;
      throw error;
    }
    const message = `Preempted by pod ${pod.metadata?.uid ?? ''} on node ${node}`;
    events.event({ resource: pods, object: victim }, 'Normal', 'Preempted', message);
  }

  #report(pod: Pod, { node, victims, violations }: Preemption): void {
    const { name = '', namespace, uid } = pod.metadata ?? {};
    const names = victims.map((victim) => keyOf(victim));
    this.#deps.decisions.decided({
      type: 'decision',
      time: new Date(this.#deps.clock.now()).toISOString(),
      decision: 'Preempt',
      component: 'scheduler',
      object: { kind: 'Pod', namespace, name, uid },
      workload: workloadOf(pod),
      node,
      reason: `${keyOf(pod)} (priority ${priorityOf(pod)}) fits nowhere: ${names.join(', ')} of lower priority on ${node} ${names.length === 1 ? 'makes' : 'make'} room`,
      evidence: {
        victims: Object.fromEntries(victims.map((victim) => [keyOf(victim), priorityOf(victim)])),
        budgetsViolated: violations,
      },
    });
  }
}
