import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { WorkloadRef } from '../../lib/health-api.ts';
import { keyOf } from '../../lib/kube/object-key.ts';
import { events } from '../../lib/kube/resources.ts';
import type { CoreEvent, Pod } from '../../lib/kube/types.ts';
import type { DecisionRecord, TerminationRecord } from '../../lib/signals/records.ts';
import { decisionsInEvents } from './decisions-in-events.ts';
import { failureOf, failuresInStatus } from './failures.ts';
import { Mover, type MoverDeps } from './moves/mover.ts';
import type { ServiceMembership } from './service-membership.ts';
import type { SignalHub } from './signal-hub.ts';
import { workloadKey } from './workload-key.ts';

/**
 * Turns what is seen into decisions: failures go into the memory and wake the mover; readiness that changes is told. Everything it remembers is rebuilt from
 * pods' statuses and the agents' own memory after a restart.
 */
export class HealthLoop implements Component {
  readonly name = 'health';
  readonly #deps: MoverDeps;
  readonly #hub: SignalHub;
  readonly #membership: ServiceMembership;
  readonly #mover: Mover;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #stop = new AbortController();
  #recalling: Promise<void> | undefined;

  constructor(options: MoverDeps & { readonly hub: SignalHub; readonly membership: ServiceMembership }) {
    this.#deps = options;
    this.#hub = options.hub;
    this.#membership = options.membership;
    this.#mover = new Mover(options);
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#unsubscribe.push(
      this.#hub.subscribe((event) => {
        if (event.kind === 'signal' && event.signal.type === 'termination') this.#onTermination(event.signal);
      }),
      this.#deps.view.pods.onChange((type, pod, old) => {
        if (type !== 'DELETED') this.#onPod(pod, old);
      }),
    );
    this.#recalling = this.#recall(AbortSignal.any([signal, this.#stop.signal]));
    await this.#mover.controller.start(signal);
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#stop.abort(new Error('health stopped'));
    await this.#recalling;
    await this.#mover.controller.stop();
  }

  /** What was decided before this process was started is in the Events. */
  async #recall(signal: AbortSignal): Promise<void> {
    const { client, view, log } = this.#deps;
    try {
      for (const cache of view.caches) await cache.whenSynced(signal);
      const list = await client.list(events, {}, signal);
      const decisions = decisionsInEvents(list.items, (object) => this.#workloadOf(object));
      this.#hub.recall(decisions);
      for (const uid of outOfService(decisions)) this.#membership.recallOut(uid);
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'earlier decisions could not be read from the Events');
    }
  }

  #workloadOf({ kind, namespace, name, uid }: CoreEvent['involvedObject']): WorkloadRef | undefined {
    const { view } = this.#deps;
    if (kind === 'Deployment' && name) return { kind, name };
    const pod = kind === 'Pod' ? view.pods.get(`${namespace}/${name}`) : undefined;
    return pod && pod.metadata?.uid === uid ? view.workloadOf(pod) : undefined;
  }

  #onTermination(record: TerminationRecord): void {
    const failure = failureOf(record);
    if (!failure) return;
    this.#deps.memory.add(workloadKey(record.namespace, record.workload), failure, true);
    this.#mover.controller.enqueue(`${record.namespace}/${record.pod}`);
  }

  #onPod(pod: Pod, old: Pod | undefined): void {
    let isNew = false;
    for (const failure of failuresInStatus(pod, this.#deps.memory.windowStartMs)) {
      if (this.#deps.memory.add(this.#deps.view.keyOf(pod), failure, false)) isNew = true;
    }
    if (isNew) this.#mover.controller.enqueue(keyOf(pod));
    this.#membership.observe(pod, old);
  }
}

/** Pods whose last word on the matter was that they were taken out. */
function outOfService(decisions: readonly DecisionRecord[]): readonly string[] {
  const out = new Set<string>();
  for (const { decision, object } of decisions) {
    if (decision === 'OutOfService') out.add(object.uid ?? '');
    else if (decision === 'BackInService') out.delete(object.uid ?? '');
  }
  return [...out];
}
