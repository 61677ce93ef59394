import type { Component } from '../../lib/component.ts';
import { keyOf } from '../../lib/kube/object-key.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { TerminationRecord } from '../../lib/signals/records.ts';
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
    await this.#mover.controller.start(signal);
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    await this.#mover.controller.stop();
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
