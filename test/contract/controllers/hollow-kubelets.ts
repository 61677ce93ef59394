import type { Clock } from '../../../lib/clock.ts';
import { isAlreadyExists, isNotFound, isConflict, type KubeClient } from '../../../lib/kube/client.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { leases, namespaces, nodes, pods } from '../../../lib/kube/resources.ts';
import type { SharedInformers } from '../../../lib/kube/shared-informers.ts';
import { kubeMicroTime, kubeTime } from '../../../lib/kube/time.ts';
import type { Lease, Node, Pod, PodStatus } from '../../../lib/kube/types.ts';
import { nodeLeaseNamespace } from '../../../lib/names.ts';
import type { Profile } from '../../../lib/profiles.ts';

interface HollowNode {
  readonly name: string;
  alive: boolean;
}

/**
 * Agents without containers: pods bound to a living node run and become ready (unless their image is called `broken`), pods being deleted end at once, and leases are
 * renewed.
 */
export class HollowKubelets {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #profile: Profile;
  readonly #nodes = new Map<string, HollowNode>();
  readonly #pods: Informer<Pod>;
  readonly #failures: unknown[] = [];
  #address = 10;

  constructor(client: KubeClient, informers: SharedInformers, clock: Clock, profile: Profile) {
    this.#client = client;
    this.#clock = clock;
    this.#profile = profile;
    this.#pods = informers.of(pods);
    this.#pods.onChange((type, pod) => {
      if (type !== 'DELETED' && this.#isAlive(pod.spec?.nodeName)) this.#background(this.#attend(pod));
    });
  }

  /** Anything that went wrong in the background; a test asserts that it is empty. */
  get failures(): readonly unknown[] {
    return this.#failures;
  }

  async join(name: string, over: Partial<Node> = {}): Promise<void> {
    await this.#create(namespaces, { metadata: { name: nodeLeaseNamespace } });
    const node: Node = {
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...over.metadata?.labels } },
      ...(over.spec ? { spec: over.spec } : {}),
    };
    await this.#create(nodes, node);
    this.#nodes.set(name, { name, alive: true });
    await this.#report(name);
    await this.#renew(name);
    this.#schedule(name);
  }

  /** The agent and everything it ran is gone without a word. */
  kill(name: string): void {
    const node = this.#nodes.get(name);
    if (node) node.alive = false;
  }

  async revive(name: string): Promise<void> {
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`no node ${name}`);
    node.alive = true;
    await this.#renew(name);
    await this.#report(name);
    this.#schedule(name);
  }

  #isAlive(name: string | undefined): boolean {
    return name !== undefined && this.#nodes.get(name)?.alive === true;
  }

  #schedule(name: string): void {
    this.#clock.after(this.#profile.leaseRenewMs, () => {
      if (!this.#isAlive(name)) return;
      this.#background(this.#renew(name));
      this.#schedule(name);
    });
  }

  async #report(name: string): Promise<void> {
    const node = await this.#client.get(nodes, { name });
    const now = kubeTime(this.#clock.now());
    const status = {
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now },
      ],
    };
    await this.#client.update(nodes, { ...node, status }, { subresource: 'status' });
  }

  async #renew(name: string): Promise<void> {
    const renewTime = kubeMicroTime(this.#clock.now());
    const key = { namespace: nodeLeaseNamespace, name };
    const spec = { holderIdentity: name, leaseDurationSeconds: this.#profile.leaseDurationMs / 1000, renewTime };
    try {
      await this.#client.patch(leases, key, 'merge', { spec });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const lease: Lease = { metadata: { ...key }, spec };
      await this.#create(leases, lease);
    }
  }

  async #attend(pod: Pod): Promise<void> {
    if (pod.metadata?.deletionTimestamp !== undefined) {
      await this.#client.delete(pods, splitKey(keyOf(pod)), { gracePeriodSeconds: 0 });
      return;
    }
    if (pod.status?.phase !== undefined && pod.status.phase !== 'Pending') return;
    const broken = pod.spec?.containers.some(({ image }) => image === 'broken') === true;
    const now = kubeTime(this.#clock.now());
    const ready = { type: 'Ready', status: broken ? 'False' : 'True', lastTransitionTime: now };
    const status: PodStatus = {
      ...pod.status,
      phase: 'Running',
      podIP: `10.244.1.${this.#address++}`,
      startTime: now,
      conditions: [...(pod.status?.conditions ?? []).filter(({ type }) => type !== 'Ready'), ready],
      containerStatuses: (pod.spec?.containers ?? []).map(({ name, image }) => ({
        name,
        image: image ?? '',
        imageID: '',
        ready: !broken,
        restartCount: 0,
        state: { running: { startedAt: now } },
      })),
    };
    await this.#client.update(pods, { ...pod, status }, { subresource: 'status' });
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!isConflict(error) && !isNotFound(error)) this.#failures.push(error);
    });
  }

  async #create(...[resource, object]: Parameters<KubeClient['create']>): Promise<void> {
    try {
      await this.#client.create(resource, object);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
