import type { KubeClient } from '../../../lib/kube/client.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { persistentVolumeClaims } from '../../../lib/kube/resources.ts';
import { claimNamesOf, isClaimBound, selectedNodeAnnotation } from '../../../lib/kube/storage.ts';
import type { PersistentVolumeClaim, Pod } from '../../../lib/kube/types.ts';

/** How it stands with the claims of a pod that has a node set aside. */
export type WaitState = 'bound' | 'waiting' | 'given up';

/**
 * Pods that have a node set aside while their volumes are found or made there. The node stays theirs meanwhile, so that no other pod takes the room beside a volume that
 * only this node has.
 */
export class ClaimWaits {
  readonly #client: KubeClient;
  /** UID of the pod → what it waits for. */
  readonly #waits = new Map<string, { readonly podKey: string; readonly node: string }>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The node that is set aside for a pod. */
  nodeOf(podUid: string): string | undefined {
    return this.#waits.get(podUid)?.node;
  }

  /** Pods of a namespace that wait for a claim. */
  *podsWaitingFor(claim: PersistentVolumeClaim, pod: (key: string) => Pod | undefined): Iterable<string> {
    const { namespace, name = '' } = claim.metadata ?? {};
    for (const { podKey } of this.#waits.values()) {
      if (splitKey(podKey).namespace !== namespace) continue;
      const waiting = pod(podKey);
      if (waiting && claimNamesOf(waiting).includes(name)) yield podKey;
    }
  }

  /** Sets a node aside, and tells the claims of it, so that their volumes are found or made there. */
  async begin(pod: Pod, node: string, claims: readonly PersistentVolumeClaim[], signal: AbortSignal): Promise<void> {
    this.#waits.set(pod.metadata?.uid ?? '', { podKey: keyOf(pod), node });
    for (const claim of claims) {
      const { namespace, name = '', uid, resourceVersion, annotations } = claim.metadata ?? {};
      if (annotations?.[selectedNodeAnnotation] === node) continue;
      const body = { metadata: { uid, resourceVersion, annotations: { [selectedNodeAnnotation]: node } } };
      await this.#client.patch(persistentVolumeClaims, { namespace, name }, 'merge', body, {}, signal);
    }
  }

  end(podUid: string): void {
    this.#waits.delete(podUid);
  }

  /** `given up`: a claim is gone, or the node was taken from it, since no volume can be made there. */
  stateOf(pod: Pod, claim: (namespace: string, name: string) => PersistentVolumeClaim | undefined): WaitState {
    const node = this.nodeOf(pod.metadata?.uid ?? '');
    const claims = claimNamesOf(pod).map((name) => claim(pod.metadata?.namespace ?? '', name));
    let state: WaitState = 'bound';
    for (const one of claims) {
      if (!one || one.metadata?.deletionTimestamp !== undefined) return 'given up';
      if (isClaimBound(one)) continue;
      if (one.metadata?.annotations?.[selectedNodeAnnotation] !== node) return 'given up';
      state = 'waiting';
    }
    return state;
  }
}
