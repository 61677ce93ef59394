import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { nodes, persistentVolumeClaims, persistentVolumes } from '../../../lib/kube/resources.ts';
import { volumeProtection } from '../../../lib/kube/storage.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import type { Told } from './claim-plan.ts';
import { hasHostname, hostnameOf } from './local-path.ts';
import type { VolumeFolders } from './volume-folders.ts';
import { folderFinalizer, planVolume } from './volume-plan.ts';

/** Volumes worked at the same time; each may wait for an agent that removes many files. */
const WORKERS = 4;
const MAX_RETRY_MS = 60_000;

/** Says what volumes are (free, bound, released), removes the data of those that nobody claims any more where that is the policy, and holds those that are bound. */
export function volumeController(deps: ControllerDeps, folders: VolumeFolders): Component {
  return new VolumeLoop(deps, folders).controller;
}

class VolumeLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #folders: VolumeFolders;
  readonly #events: EventRecorder;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #nodes: Informer<Node>;

  constructor(deps: ControllerDeps, folders: VolumeFolders) {
    this.#deps = deps;
    this.#folders = folders;
    this.#events = deps.eventsOf('persistentvolume-controller');
    this.#volumes = deps.informers.of(persistentVolumes);
    this.#claims = deps.informers.of(persistentVolumeClaims);
    this.#nodes = deps.informers.of(nodes);
    this.controller = new Controller({
      name: 'persistentvolume',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#volumes, this.#claims, this.#nodes],
      workers: WORKERS,
      maxRetryDelayMs: MAX_RETRY_MS,
    });
    this.#volumes.onChange((type, volume) => {
      if (type !== 'DELETED') this.controller.enqueue(volume.metadata?.name ?? '');
    });
    this.#claims.onChange((_, claim, old) => {
      for (const name of [claim.spec?.volumeName, old?.spec?.volumeName]) if (name) this.controller.enqueue(name);
    });
    this.#nodes.onChange((type) => {
      if (type !== 'DELETED') return;
      for (const volume of this.#volumes.list()) this.controller.enqueue(volume.metadata?.name ?? '');
    });
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const volume = this.#volumes.get(name);
    if (!volume) return;
    try {
      const action = planVolume(volume, await this.#claimOf(volume, signal));
      if (action.kind === 'phase') await this.#setPhase(volume, action, signal);
      else if (action.kind === 'reclaim') await this.#reclaim(volume, signal);
      else if (action.kind === 'let-go') await this.#letGo(volume, action.finalizers, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Asked of the API when the cache has none: data are not removed because a cache was behind. */
  async #claimOf({ spec }: PersistentVolume, signal: AbortSignal): Promise<PersistentVolumeClaim | undefined> {
    const { namespace = '', name = '', uid } = spec?.claimRef ?? {};
    if (!uid) return undefined;
    const cached = this.#claims.get(`${namespace}/${name}`);
    if (cached?.metadata?.uid === uid) return cached;
    try {
      return await this.#deps.client.get(persistentVolumeClaims, { namespace, name }, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #setPhase(
    volume: PersistentVolume,
    {
      phase,
      message,
      told,
    }: { readonly phase: string; readonly message?: string | undefined; readonly told?: Told | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const status = {
      phase,
      lastPhaseTransitionTime: kubeTime(this.#deps.clock.now()),
      ...(message === undefined ? {} : { message }),
    };
    await this.#deps.client.update(persistentVolumes, { ...volume, status }, { subresource: 'status' }, signal);
    if (told) this.#tell(volume, told);
  }

  async #reclaim(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const name = volume.metadata?.name ?? '';
    if (volume.status?.phase !== 'Released') await this.#setPhase(volume, { phase: 'Released' }, signal);
    await this.#removeFolder(volume, signal);
    const uid = volume.metadata?.uid ?? '';
    await client.delete(persistentVolumes, { name }, { preconditions: { uid } }, signal);
    const marked = await client.get(persistentVolumes, { name }, signal);
    if (marked.metadata?.uid === uid) await this.#letGo(marked, [volumeProtection, folderFinalizer], signal);
  }

  async #removeFolder(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const hostname = hostnameOf(volume) ?? '';
    const node = this.#nodes.list().find((one) => hasHostname(one, hostname));
    const name = volume.metadata?.name ?? '';
    if (!node) {
      // A node that was taken out of the cluster has taken its folders along.
      this.#deps.log.info(
        { volume: name, node: hostname },
        'the node of a released volume is gone, and its folder with it',
      );
      return;
    }
    try {
      await this.#folders.remove(node, name, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#tell(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message: messageOf(error) });
      throw error;
    }
  }

  async #letGo(volume: PersistentVolume, done: readonly string[], signal: AbortSignal): Promise<void> {
    const { name = '', uid, resourceVersion } = volume.metadata ?? {};
    const finalizers = (volume.metadata?.finalizers ?? []).filter((one) => !done.includes(one));
    const body = { metadata: { uid, resourceVersion, finalizers } };
    await this.#deps.client.patch(persistentVolumes, { name }, 'merge', body, {}, signal);
  }

  #tell(volume: PersistentVolume, { type, reason, message }: Told): void {
    this.#events.event({ resource: persistentVolumes, object: volume }, type, reason, message);
  }
}
