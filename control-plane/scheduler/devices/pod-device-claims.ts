import { meantClaimOf } from '../../../lib/kube/device-claims.ts';
import { selectorMeansNode } from '../../../lib/kube/node-selector.ts';
import { isControlledBy } from '../../../lib/kube/owner.ts';
import type { DeviceClass, Node, Pod, ResourceClaim } from '../../../lib/kube/types.ts';

/** What the scheduler knows of devices. */
export interface DeviceView {
  claim(namespace: string, name: string): ResourceClaim | undefined;
  deviceClass(name: string): DeviceClass | undefined;
}

/** A cluster without any devices. */
export const noDevices: DeviceView = { claim: () => undefined, deviceClass: () => undefined };

/** Pods that may have one claim at a time. */
const MAX_CONSUMERS = 256;

/** The claims for devices of a pod that wants a node. Allocating them is a driver's business: a pod waits until all of its claims are. */
export class PodDeviceClaims {
  /** Why no node will do, whatever node it is; in the words of upstream's events. */
  readonly obstacle: string | undefined;
  readonly #pod: Pod;
  readonly #devices: DeviceView;
  readonly #claims: ResourceClaim[] = [];

  constructor(pod: Pod, devices: DeviceView) {
    this.#pod = pod;
    this.#devices = devices;
    for (const entry of pod.spec?.resourceClaims ?? []) {
      const meant = meantClaimOf(pod, entry);
      if (meant.kind === 'none') continue;
      this.obstacle =
        meant.kind === 'awaited'
          ? `pod "${this.#namespace}/${pod.metadata?.name ?? ''}": ResourceClaim not created yet`
          : this.#add(meant.name, meant.isGenerated);
      if (this.obstacle !== undefined) return;
    }
  }

  /** Why a node cannot have the pod's devices. */
  refusal(node: Node): string | undefined {
    for (const { status } of this.#claims) {
      if (!status?.allocation) return 'cannot allocate all claims';
      const { nodeSelector } = status.allocation;
      if (nodeSelector && !selectorMeansNode(nodeSelector, node)) return 'resourceclaim not available on the node';
    }
    return undefined;
  }

  get #namespace(): string {
    return this.#pod.metadata?.namespace ?? '';
  }

  /** Says what is in the way of a claim, if anything. */
  #add(name: string, isGenerated: boolean): string | undefined {
    const claim = this.#devices.claim(this.#namespace, name);
    if (!claim) return `resourceclaim "${name}" not found`;
    if (claim.metadata?.deletionTimestamp !== undefined) return `resourceclaim "${name}" is being deleted`;
    if (isGenerated && !isControlledBy(claim, this.#pod)) {
      return `ResourceClaim ${this.#namespace}/${name} was not created for pod ${this.#namespace}/${this.#pod.metadata?.name ?? ''} (pod is not owner)`;
    }
    this.#claims.push(claim);
    return claim.status?.allocation ? this.#inUse(claim) : this.#missingClass(claim);
  }

  #inUse({ status }: ResourceClaim): string | undefined {
    const consumers = status?.reservedFor ?? [];
    const isOurs = consumers.some(({ uid }) => uid === this.#pod.metadata?.uid);
    return isOurs || consumers.length < MAX_CONSUMERS ? undefined : 'resourceclaim in use';
  }

  #missingClass({ spec }: ResourceClaim): string | undefined {
    for (const { name, exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
      const wanted = exactly
        ? [[name, exactly.deviceClassName] as const]
        : firstAvailable.map((one) => [`${name}/${one.name}`, one.deviceClassName] as const);
      for (const [request, className] of wanted) {
        if (!this.#devices.deviceClass(className)) {
          return `request ${request}: device class ${className} does not exist`;
        }
      }
    }
    return undefined;
  }
}
