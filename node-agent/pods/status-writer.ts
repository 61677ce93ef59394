import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import { Controller } from '../../lib/kube/controller.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { Pod, PodStatus } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';

/** Writes at a time: a node that starts anew with 110 pods must not flood the API. */
const WORKERS = 8;
const MAX_RETRY_DELAY_MS = 5_000;

interface Wanted {
  readonly pod: Pod;
  readonly status: PodStatus;
  readonly hasEnded: boolean;
}

/**
 * Brings the status that the agent computed to the API: only when it differs from what the API has, the latest only, at once. A pod that was asked to end and has
 * ended is then deleted for good.
 */
export class StatusWriter implements Component {
  readonly name = 'status-writer';
  readonly #client: KubeClient;
  readonly #controller: Controller;
  readonly #wanted = new Map<string, Wanted>();
  /** What was last written of each pod: the API's echo may come later than the next change. */
  readonly #written = new Map<string, { readonly status: PodStatus; readonly revision: number }>();

  constructor(options: { readonly client: KubeClient; readonly clock: Clock; readonly log: Logger }) {
    this.#client = options.client;
    this.#controller = new Controller({
      name: this.name,
      clock: options.clock,
      log: options.log,
      workers: WORKERS,
      maxRetryDelayMs: MAX_RETRY_DELAY_MS,
      reconcile: (uid, signal) => this.#write(uid, signal),
    });
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#controller.start(signal);
  }

  stop(): Promise<void> {
    return this.#controller.stop();
  }

  /** Never waits. */
  want(pod: Pod, status: PodStatus, hasEnded: boolean): void {
    const uid = pod.metadata?.uid ?? '';
    this.#wanted.set(uid, { pod, status, hasEnded });
    const isDeleting = hasEnded && pod.metadata?.deletionTimestamp !== undefined;
    if (isDeleting || !isSameStatus(this.#known(uid, pod), status)) this.#controller.enqueue(uid);
  }

  /** The last status that was computed; for endpoints that show the pod as the agent sees it. */
  latest(uid: string): PodStatus | undefined {
    return this.#wanted.get(uid)?.status;
  }

  forget(uid: string): void {
    this.#wanted.delete(uid);
    this.#written.delete(uid);
  }

  /** What the API has. Once somebody else has written after us, it is what they left: a status that the agent owns is put right again. */
  #known(uid: string, pod: Pod): PodStatus {
    const written = this.#written.get(uid);
    if (written && Number(pod.metadata?.resourceVersion ?? 0) <= written.revision) return written.status;
    return Object.fromEntries(Object.entries(pod.status ?? {}).filter(([field]) => !foreignFields.has(field)));
  }

  async #write(uid: string, signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted.get(uid);
    if (!wanted) return;
    const { pod, status, hasEnded } = wanted;
    const { namespace, name = '', deletionTimestamp } = pod.metadata ?? {};
    const key = { namespace, name };
    const known = this.#known(uid, pod);
    try {
      if (!isSameStatus(known, status)) {
        // Fields that are no longer set must be said to be gone; lists are replaced whole.
        const gone = Object.keys(known).filter((field) => !(field in status));
        const patch = {
          metadata: { uid },
          status: { ...Object.fromEntries(gone.map((field) => [field, null])), ...status },
        };
        const answer = await this.#client.patch(pods, key, 'merge', patch, { subresource: 'status' }, signal);
        this.#written.set(uid, { status, revision: Number(answer.metadata?.resourceVersion ?? 0) });
      }
      if (hasEnded && deletionTimestamp !== undefined) {
        await this.#client.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid } }, signal);
      }
    } catch (error) {
      // Gone already, or another pod has the name by now: nothing left to say.
      if (isNotFound(error) || isOtherUid(error)) return;
      throw error;
    }
  }
}

/** Written by others through the status subresource. */
const foreignFields: ReadonlySet<string> = new Set(['nominatedNodeName', 'resize', 'resourceClaimStatuses']);

function isOtherUid(error: unknown): boolean {
  return error instanceof Error && /uid/i.test(error.message) && /precondition|mismatch|immutable/i.test(error.message);
}

function isSameStatus(a: PodStatus, b: PodStatus): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with sorted keys: the API may give fields back in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  );
}
