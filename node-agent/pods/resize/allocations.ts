import { isDeepStrictEqual } from 'node:util';
import type { Container, Pod } from '../../../lib/kube/types.ts';
import type { StateFile } from '../../../lib/state-file.ts';
import { initContainersOf, mainContainersOf, resizableContainersOf } from '../pod-containers.ts';

type Resources = NonNullable<Container['resources']>;

/** What a pod wants and does not get, as its condition says it. */
export interface PendingResize {
  readonly reason: 'Deferred' | 'Infeasible';
  readonly message: string;
  readonly generation: number;
}

interface PodAllocation {
  readonly uid: string;
  /** By container. */
  readonly resources: Readonly<Record<string, Resources>>;
  /** The generation that is being brought about, until every container has what was allocated to it. */
  readonly resizing?: number | undefined;
}

/**
 * What the node has promised each pod: what its containers run with, whatever the API wants meanwhile. On disk before anything is done about it, so that an agent
 * that starts anew neither takes back what it gave nor gives what it refused.
 */
export class Allocations {
  readonly #file: Pick<StateFile<readonly PodAllocation[]>, 'load' | 'save' | 'flush'>;
  readonly #pods = new Map<string, PodAllocation>();
  readonly #pending = new Map<string, PendingResize>();
  /** Containers to be restarted for what no engine shows, until their worker has been told. */
  readonly #renewals = new Map<string, readonly string[]>();

  constructor(file: Pick<StateFile<readonly PodAllocation[]>, 'load' | 'save' | 'flush'>) {
    this.#file = file;
  }

  async load(): Promise<void> {
    const kept = await this.#file.load();
    for (const allocation of Array.isArray(kept) ? (kept as PodAllocation[]) : [])
      this.#pods.set(allocation.uid, allocation);
  }

  /** A pod that is new here has what it asks for; one that ran before this was kept, what its status says. */
  admit(pod: Pod): void {
    const uid = uidOf(pod);
    if (this.#pods.has(uid)) return;
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const given = new Map(statuses.map((status) => [status.name, status.resources]));
    this.#keep({ uid, resources: resourcesOf(pod, (container) => given.get(container.name) ?? container.resources) });
  }

  /** The pod gets what it wants: from now on that is what it has. */
  resize(pod: Pod): void {
    const uid = uidOf(pod);
    this.#pending.delete(uid);
    const before = this.#pods.get(uid)?.resources ?? {};
    const renewals = resizableContainersOf(pod).filter((container) =>
      isUnseenRestart(container, before[container.name]),
    );
    if (renewals.length > 0)
      this.#renewals.set(
        uid,
        renewals.map(({ name }) => name),
      );
    this.#keep({
      uid,
      resources: resourcesOf(pod, (container) => container.resources),
      resizing: pod.metadata?.generation ?? 0,
    });
  }

  /** True when that is news. */
  refuse(pod: Pod, pending: PendingResize): boolean {
    const before = this.#pending.get(uidOf(pod));
    this.#pending.set(uidOf(pod), pending);
    return !isDeepStrictEqual(before, pending);
  }

  /** It wants what it has. */
  settle(uid: string): boolean {
    return this.#pending.delete(uid);
  }

  /** Every container has what was allocated. */
  completed(uid: string): void {
    const allocation = this.#pods.get(uid);
    if (allocation?.resizing === undefined) return;
    this.#keep({ uid, resources: allocation.resources });
  }

  /** Containers that their last resize wants restarted although the engine will show no difference. Told once. */
  takeRenewals(uid: string): readonly string[] {
    const names = this.#renewals.get(uid) ?? [];
    this.#renewals.delete(uid);
    return names;
  }

  pending(uid: string): PendingResize | undefined {
    return this.#pending.get(uid);
  }

  /** The generation whose resources are being brought about. */
  resizing(uid: string): number | undefined {
    return this.#pods.get(uid)?.resizing;
  }

  /** The pod with what was allocated to it; the very same pod where that is what it wants. */
  allocated(pod: Pod): Pod {
    const allocation = this.#pods.get(uidOf(pod));
    if (!allocation || !pod.spec || !isOther(pod, allocation)) return pod;
    const given = (container: Container): Container => {
      const resources = allocation.resources[container.name];
      return resources ? { ...container, resources } : container;
    };
    return {
      ...pod,
      spec: {
        ...pod.spec,
        containers: mainContainersOf(pod).map(given),
        ...(pod.spec.initContainers ? { initContainers: initContainersOf(pod).map(given) } : {}),
      },
    };
  }

  forget(uid: string): void {
    this.#pending.delete(uid);
    this.#renewals.delete(uid);
    if (this.#pods.delete(uid)) this.#save();
  }

  /** Resolves when what was decided is on disk. */
  flush(): Promise<void> {
    return this.#file.flush();
  }

  #keep(allocation: PodAllocation): void {
    this.#pods.set(allocation.uid, allocation);
    this.#save();
  }

  #save(): void {
    this.#file.save(() => [...this.#pods.values()]);
  }
}

/** A request of memory is the scheduler's alone, but a policy may want a restart for it as for a limit. */
function isUnseenRestart({ resources, resizePolicy = [] }: Container, before: Resources = {}): boolean {
  const isOtherRequest = resources?.requests?.['memory'] !== before.requests?.['memory'];
  return (
    isOtherRequest &&
    resizePolicy.some(
      ({ resourceName, restartPolicy }) => resourceName === 'memory' && restartPolicy === 'RestartContainer',
    )
  );
}

function isOther(pod: Pod, { resources }: PodAllocation): boolean {
  return resizableContainersOf(pod).some(({ name, resources: wanted = {} }) => {
    const given = resources[name];
    return given !== undefined && given !== wanted && !isDeepStrictEqual(given, wanted);
  });
}

function resourcesOf(pod: Pod, of: (container: Container) => Resources | undefined): Record<string, Resources> {
  return Object.fromEntries(resizableContainersOf(pod).map((container) => [container.name, of(container) ?? {}]));
}

function uidOf(pod: Pod): string {
  return pod.metadata?.uid ?? '';
}
