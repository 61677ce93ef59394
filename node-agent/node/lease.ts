import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import { isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import { leases } from '../../lib/kube/resources.ts';
import { kubeMicroTime } from '../../lib/kube/time.ts';
import type { Logger } from '../../lib/log.ts';
import { nodeLeaseNamespace } from '../../lib/names.ts';
import type { Profile } from '../../lib/profiles.ts';

export interface NodeLeaseOptions {
  readonly nodeName: string;
  readonly client: KubeClient;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The node's heartbeat: a Lease that is renewed all the time. When it is not, the control plane gives the node's pods away. */
export class NodeLease implements Component {
  readonly name = 'node-lease';
  readonly #options: NodeLeaseOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #lastRenewMs = -Infinity;

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  /** Milliseconds since the last renewal that the API acknowledged. */
  get silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastRenewMs;
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('node lease stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log, profile } = this.#options;
    while (!signal.aborted) {
      const beginMs = clock.monotonicMs();
      try {
        // A renewal that takes longer than the lease lasts is worth nothing.
        await this.#renew(AbortSignal.any([signal, AbortSignal.timeout(profile.leaseDurationMs)]));
        this.#lastRenewMs = clock.monotonicMs();
      } catch (error) {
        if (signal.aborted) return;
        log.debug({ error: messageOf(error) }, 'node lease could not be renewed');
      }
      const spentMs = clock.monotonicMs() - beginMs;
      await clock
        .sleep(Math.max(profile.leaseRenewMs - spentMs, profile.leaseRenewMs / 4), signal)
        .catch(() => undefined);
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { client, clock, nodeName, profile } = this.#options;
    const key = { namespace: nodeLeaseNamespace, name: nodeName };
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: Math.ceil(profile.leaseDurationMs / 1000),
      renewTime: kubeMicroTime(clock.now()),
    };
    try {
      await client.patch(leases, key, 'merge', { spec }, {}, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await client.create(leases, { metadata: { namespace: nodeLeaseNamespace, name: nodeName }, spec }, {}, signal);
    }
  }
}
