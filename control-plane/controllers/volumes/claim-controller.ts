import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isAlreadyExists, isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { defaultClassOf } from '../../../lib/kube/default-class.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../../lib/kube/resources.ts';
import { claimNamesOf, claimProtection, classNameOf, selectedNodeAnnotation } from '../../../lib/kube/storage.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { planClaim, type ClaimAction, type Told } from './claim-plan.ts';
import { localVolume, localVolumeName } from './local-path.ts';
import type { VolumeFolders } from './volume-folders.ts';

/** Claims worked at the same time; each may wait for an agent. */
const WORKERS = 4;
const MAX_RETRY_MS = 30_000;

const boundByController = 'pv.kubernetes.io/bound-by-controller';
const bindCompleted = 'pv.kubernetes.io/bind-completed';
/** On a claim: who is to make its volume. The first is the old name, which provisioners still read. */
const provisionerAnnotations = [
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
] as const;

/** Finds or makes the volume of each claim, and holds claims that pods use. */
export function claimController(deps: ControllerDeps, folders: VolumeFolders): Component {
  return new ClaimLoop(deps, folders).controller;
}

class ClaimLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #folders: VolumeFolders;
  readonly #events: EventRecorder;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #nodes: Informer<Node>;

  constructor(deps: ControllerDeps, folders: VolumeFolders) {
    this.#deps = deps;
    this.#folders = folders;
    this.#events = deps.eventsOf('persistentvolume-controller');
    this.#claims = deps.informers.of(persistentVolumeClaims);
    this.#volumes = deps.informers.of(persistentVolumes);
    this.#classes = deps.informers.of(storageClasses);
    this.#nodes = deps.informers.of(nodes);
    const podCache: Informer<Pod> = deps.informers.of(pods);
    this.controller = new Controller({
      name: 'persistentvolumeclaim',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#claims, this.#volumes, this.#classes, this.#nodes, podCache],
      workers: WORKERS,
      maxRetryDelayMs: MAX_RETRY_MS,
    });
    this.#claims.onChange((type, claim) => {
      if (type !== 'DELETED') this.controller.enqueue(keyOf(claim));
    });
    this.#volumes.onChange((_, volume) => this.#onVolume(volume));
    this.#classes.onChange(() => this.#enqueuePending());
    podCache.onChange((type, pod) => {
      if (type === 'DELETED' || isPodFinished(pod)) this.#enqueueClaimsOf(pod);
    });
  }

  /** A free volume may be what a claim waits for. */
  #onVolume({ spec }: PersistentVolume): void {
    const claim = spec?.claimRef;
    if (claim) this.controller.enqueue(`${claim.namespace ?? ''}/${claim.name ?? ''}`);
    else this.#enqueuePending();
  }

  #enqueuePending(): void {
    for (const claim of this.#claims.list()) if (!claim.spec?.volumeName) this.controller.enqueue(keyOf(claim));
  }

  #enqueueClaimsOf(pod: Pod): void {
    for (const name of claimNamesOf(pod)) this.controller.enqueue(`${pod.metadata?.namespace ?? ''}/${name}`);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    if (claim.metadata?.deletionTimestamp !== undefined) {
      await this.#letGo(claim, signal);
      return;
    }
    const action = planClaim(claim, {
      storageClass: this.#classes.get(classNameOf(claim) ?? ''),
      defaultClass: defaultClassOf(this.#classes.list()),
      volumes: this.#volumes.list(),
      volume: (name) => this.#volumes.get(name),
      node: (name) => this.#nodes.get(name),
    });
    try {
      await this.#do(claim, action, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #do(claim: PersistentVolumeClaim, action: ClaimAction, signal: AbortSignal): Promise<void> {
    switch (action.kind) {
      case 'none':
        return;
      case 'wait':
        if (action.told) this.#tell(claim, action.told);
        return;
      case 'bind':
        return this.#bind(claim, action.volume, signal);
      case 'lose':
        if (claim.status?.phase === 'Lost') return;
        await this.#writeStatus(claim, { ...claim.status, phase: 'Lost' }, signal);
        this.#tell(claim, action.told);
        return;
      case 'set-class':
        await this.#patch(claim, { spec: { storageClassName: action.name } }, signal);
        return;
      case 'provision':
        return this.#provision(claim, action.node, action.storageClass, signal);
      case 'await-provisioner':
        await this.#annotate(
          claim,
          Object.fromEntries(provisionerAnnotations.map((name) => [name, action.provisioner])),
          signal,
        );
        this.#tell(claim, action.told);
    }
  }

  /** First the volume refers to the claim, so that no other claim gets it; then the claim to the volume. Repeated from wherever it was broken off. */
  async #bind(claim: PersistentVolumeClaim, volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const { namespace, name, uid, resourceVersion } = claim.metadata ?? {};
    const volumeName = volume.metadata?.name ?? '';
    let latest = volume;
    if (volume.spec?.claimRef?.uid !== uid) {
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
      const annotations = volume.spec?.claimRef ? {} : { [boundByController]: 'yes' };
      latest = await client.patch(
        persistentVolumes,
        { name: volumeName },
        'merge',
        { metadata: { resourceVersion: volume.metadata?.resourceVersion, annotations }, spec: { claimRef } },
        {},
        signal,
      );
    }
    if (latest.status?.phase !== 'Bound') {
      const status = { ...latest.status, phase: 'Bound' };
      await client.update(persistentVolumes, { ...latest, status }, { subresource: 'status' }, signal);
    }
    let bound = claim;
    if (!claim.spec?.volumeName || claim.metadata?.annotations?.[bindCompleted] !== 'yes') {
      const annotations = { [bindCompleted]: 'yes', ...(claim.spec?.volumeName ? {} : { [boundByController]: 'yes' }) };
      bound = await this.#patch(claim, { metadata: { annotations }, spec: { volumeName } }, signal);
    }
    if (bound.status?.phase === 'Bound') return;
    const { accessModes, capacity } = latest.spec ?? {};
    await this.#writeStatus(
      bound,
      { ...bound.status, phase: 'Bound', ...(accessModes ? { accessModes } : {}), ...(capacity ? { capacity } : {}) },
      signal,
    );
  }

  async #provision(
    claim: PersistentVolumeClaim,
    nodeName: string,
    storageClass: StorageClass,
    signal: AbortSignal,
  ): Promise<void> {
    const node = this.#nodes.get(nodeName);
    if (!node || !isReady(node)) {
      const why = node ? `node "${nodeName}" is not ready` : `node "${nodeName}" not found`;
      this.#tell(claim, { type: 'Warning', reason: 'ProvisioningFailed', message: failure(storageClass, why) });
      // Without it the scheduler looks for another node.
      await this.#annotate(claim, { [selectedNodeAnnotation]: null }, signal);
      return;
    }
    const name = localVolumeName(claim);
    try {
      const path = await this.#folders.make(node, name, signal);
      await this.#deps.client.create(persistentVolumes, localVolume(claim, storageClass, node, path), {}, signal);
    } catch (error) {
      if (isAlreadyExists(error)) return;
      signal.throwIfAborted();
      const message = failure(storageClass, messageOf(error));
      this.#tell(claim, { type: 'Warning', reason: 'ProvisioningFailed', message });
      throw error;
    }
    const message = `Successfully provisioned volume ${name}`;
    this.#tell(claim, { type: 'Normal', reason: 'ProvisioningSucceeded', message });
  }

  /**
   * Lets a claim go that is being deleted and that no pod uses: a pod without a node does not, and gets none with such a claim. Asked of the API, for a cache may not know
   * the newest pod.
   */
  async #letGo(claim: PersistentVolumeClaim, signal: AbortSignal): Promise<void> {
    const finalizers = claim.metadata?.finalizers ?? [];
    if (!finalizers.includes(claimProtection)) return;
    const { namespace, name = '' } = claim.metadata ?? {};
    const { items } = await this.#deps.client.list(pods, { namespace }, signal);
    if (items.some((pod) => pod.spec?.nodeName && !isPodFinished(pod) && claimNamesOf(pod).includes(name))) return;
    const left = finalizers.filter((one) => one !== claimProtection);
    await this.#patch(claim, { metadata: { finalizers: left } }, signal).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  async #annotate(
    claim: PersistentVolumeClaim,
    annotations: Readonly<Record<string, string | null>>,
    signal: AbortSignal,
  ): Promise<void> {
    const present = claim.metadata?.annotations ?? {};
    if (Object.entries(annotations).every(([name, value]) => (present[name] ?? null) === value)) return;
    await this.#patch(claim, { metadata: { annotations } }, signal);
  }

  #patch(
    claim: PersistentVolumeClaim,
    body: { readonly metadata?: object; readonly spec?: object },
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim> {
    const { uid, resourceVersion } = claim.metadata ?? {};
    const tied = { ...body, metadata: { ...body.metadata, uid, resourceVersion } };
    return this.#deps.client.patch(persistentVolumeClaims, splitKey(keyOf(claim)), 'merge', tied, {}, signal);
  }

  async #writeStatus(
    claim: PersistentVolumeClaim,
    status: NonNullable<PersistentVolumeClaim['status']>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#deps.client.update(persistentVolumeClaims, { ...claim, status }, { subresource: 'status' }, signal);
  }

  #tell(claim: PersistentVolumeClaim, { type, reason, message }: Told): void {
    this.#events.event({ resource: persistentVolumeClaims, object: claim }, type, reason, message);
  }
}

function failure(storageClass: StorageClass, why: string): string {
  return `failed to provision volume with StorageClass "${storageClass.metadata?.name ?? ''}": ${why}`;
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
