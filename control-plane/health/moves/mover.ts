import type { Clock } from '../../../lib/clock.ts';
import { isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { isPodActive } from '../../../lib/kube/pod-facts.ts';
import { pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Profile } from '../../../lib/profiles.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Decisions } from '../decisions.ts';
import type { NodeFailureMemory } from '../node-failures.ts';
import { BoundedMap } from '../ring.ts';
import { eventSubjectOf } from '../workload-facts.ts';
import { splitWorkloadKey } from '../workload-key.ts';
import { decideMove, type MoveEvidence } from './move-decision.ts';
import { moveFacts } from './move-facts.ts';

const MAX_REMEMBERED = 4_000;

export interface MoverDeps {
  readonly client: KubeClient;
  readonly view: ClusterView;
  readonly memory: NodeFailureMemory;
  readonly decisions: Decisions;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Takes pods off nodes on which they keep failing. Keys are `namespace/name` of pods that have just failed. */
export class Mover {
  readonly controller: Controller;
  readonly #deps: MoverDeps;
  /** Times of moves by workload. */
  readonly #moves = new BoundedMap<readonly number[]>(MAX_REMEMBERED);
  /** When it was last said of a workload why it stays. */
  readonly #staysSaidMs = new BoundedMap<number>(MAX_REMEMBERED);

  constructor(deps: MoverDeps) {
    this.#deps = deps;
    this.controller = new Controller({
      name: 'mover',
      clock: deps.clock,
      log: deps.log,
      waitFor: deps.view.caches,
      reconcile: (key, signal) => this.#reconcile(key, signal),
    });
  }

  async #reconcile(podKey: string, signal: AbortSignal): Promise<void | { readonly requeueAfterMs: number }> {
    const { view, memory, profile, clock } = this.#deps;
    const pod = view.pods.get(podKey);
    if (!pod || !isPodActive(pod) || !pod.spec?.nodeName) return;
    const workload = view.keyOf(pod);
    const nowMs = clock.now();
    const movesMs = (this.#moves.get(workload) ?? []).filter((timeMs) => nowMs - timeMs < profile.failureMemoryMs);
    const decided = decideMove(moveFacts(view, pod, memory.of(workload), movesMs, nowMs), {
      failuresBeforeMove: profile.failuresBeforeMove,
      windowMs: profile.failureMemoryMs,
    });
    if (decided.decision === 'Later') return { requeueAfterMs: decided.delayMs };
    if (decided.decision === 'NotMoved') this.#sayStays(pod, workload, decided.reason, decided.evidence);
    if (decided.decision !== 'Replace') return;
    if (!(await this.#remove(pod, signal))) return;
    this.#moves.set(workload, [...movesMs, nowMs]);
    this.#tell('Replace', pod, workload, decided.reason, decided.evidence);
  }

  async #remove(pod: Pod, signal: AbortSignal): Promise<boolean> {
    const uid = pod.metadata?.uid ?? '';
    try {
      await this.#deps.client.delete(pods, splitKey(keyOf(pod)), { preconditions: { uid } }, signal);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Once per reason and window: the pod will fail again, and nothing new would be said. */
  #sayStays(pod: Pod, workload: string, reason: string, evidence: MoveEvidence): void {
    const nowMs = this.#deps.clock.now();
    const id = `${workload}: ${reason}`;
    const saidMs = this.#staysSaidMs.get(id);
    if (saidMs !== undefined && nowMs - saidMs < this.#deps.profile.failureMemoryMs) return;
    this.#staysSaidMs.set(id, nowMs);
    this.#tell('NotMoved', pod, workload, `not moved: ${reason}`, evidence);
  }

  #tell(decision: 'Replace' | 'NotMoved', pod: Pod, workload: string, reason: string, evidence: MoveEvidence): void {
    const { namespace, kind, name } = splitWorkloadKey(workload);
    const owner = eventSubjectOf(this.#deps.view, workload);
    this.#deps.log.info({ pod: keyOf(pod), node: pod.spec?.nodeName, decision, reason }, 'decided about a failing pod');
    this.#deps.decisions.tell({
      decision,
      object: { kind: 'Pod', namespace, name: pod.metadata?.name ?? '', uid: pod.metadata?.uid },
      workload: { kind, name },
      node: pod.spec?.nodeName,
      reason,
      evidence: { ...evidence },
      eventType: decision === 'Replace' ? 'Warning' : 'Normal',
      on: [{ resource: pods, object: pod }, ...(owner ? [owner] : [])],
    });
  }
}
