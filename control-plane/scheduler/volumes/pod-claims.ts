import { classNameOf, claimNamesOf, isClaimBound, noProvisioner } from '../../../lib/kube/storage.ts';
import { freeVolumeFor, isVolumeOnNode, volumeReservedFor } from '../../../lib/kube/volume-match.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../../lib/kube/types.ts';

/** What the scheduler knows of storage. */
export interface StorageView {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): Iterable<PersistentVolume>;
  storageClass(name: string): StorageClass | undefined;
}

/** A cluster without any storage. */
export const noStorage: StorageView = {
  claim: () => undefined,
  volume: () => undefined,
  volumes: () => [],
  storageClass: () => undefined,
};

/** A claim whose volume is found or made once a node is chosen. */
interface DelayedClaim {
  readonly claim: PersistentVolumeClaim;
  readonly canBeMade: boolean;
}

/** The claims of a pod that wants a node. */
export class PodClaims {
  /** Why no node will do, whatever node it is; in the words of upstream's events. */
  readonly obstacle: string | undefined;
  readonly #storage: StorageView;
  readonly #bound: PersistentVolume[] = [];
  readonly #delayed: DelayedClaim[] = [];
  /** Claims that one pod only may have. */
  readonly #exclusive: string[] = [];
  readonly #namespace: string;

  constructor(pod: Pod, storage: StorageView) {
    this.#storage = storage;
    this.#namespace = pod.metadata?.namespace ?? '';
    for (const name of claimNamesOf(pod)) {
      const obstacle = this.#add(name);
      if (obstacle === undefined) continue;
      this.obstacle = obstacle;
      return;
    }
  }

  /** Claims that wait for the node. */
  get delayed(): readonly PersistentVolumeClaim[] {
    return this.#delayed.map(({ claim }) => claim);
  }

  /** Why a node cannot have the pod's volumes. `others` are the pods on it. */
  refusal(node: Node, others: Iterable<Pod>): string | undefined {
    if (this.#bound.some((volume) => !isVolumeOnNode(volume, node))) {
      return "node(s) didn't match PersistentVolume's node affinity";
    }
    const volumes = this.#storage.volumes();
    if (this.#delayed.some(({ claim, canBeMade }) => !canBeMade && !freeVolumeFor(claim, volumes, node))) {
      return "node(s) didn't find available persistent volumes to bind";
    }
    for (const pod of this.#exclusive.length > 0 ? others : []) {
      if (pod.metadata?.namespace !== this.#namespace) continue;
      if (claimNamesOf(pod).some((name) => this.#exclusive.includes(name))) {
        return 'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';
      }
    }
    return undefined;
  }

  /** Sorts a claim in; says what is in the way, if anything. */
  #add(name: string): string | undefined {
    const claim = this.#storage.claim(this.#namespace, name);
    if (!claim) return `persistentvolumeclaim "${name}" not found`;
    if (claim.metadata?.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    if (claim.status?.phase === 'Lost') {
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
    }
    if (claim.spec?.accessModes?.includes('ReadWriteOncePod')) this.#exclusive.push(name);
    if (isClaimBound(claim)) {
      const volume = this.#storage.volume(claim.spec?.volumeName ?? '');
      if (!volume) return `persistentvolume "${claim.spec?.volumeName ?? ''}" not found`;
      this.#bound.push(volume);
      return undefined;
    }
    const storageClass = this.#storage.storageClass(classNameOf(claim) ?? '');
    const isDelayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.spec?.volumeName;
    // One that is set aside is bound without knowing the node.
    if (!isDelayed || volumeReservedFor(claim, this.#storage.volumes())) {
      return 'pod has unbound immediate PersistentVolumeClaims';
    }
    this.#delayed.push({ claim, canBeMade: storageClass.provisioner !== noProvisioner });
    return undefined;
  }
}
