import { readFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import { isAlreadyExists, isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import { nodes } from '../../lib/kube/resources.ts';
import type { Node } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import type { Profile } from '../../lib/profiles.ts';
import type { EngineInfo, ImageDetail, Runtime } from '../runtime/runtime.ts';
import { readPressure, type MachineFacts } from './machine.ts';
import { nodeConditions } from './node-conditions.ts';
import { newNode, nodeLabels, nodeStatus, type NodeCapacityConfig, type NodeIdentity } from './node-object.ts';
import type { ShipperStatus } from './shipper-conditions.ts';

/** Images change rarely, and listing them is work for the engine. */
const IMAGES_EVERY_MS = 60_000;
const RETRY_MS = 500;
const MAX_SHIPPER_STATUS_BYTES = 64 * 1024;

export interface NodeStatusOptions {
  readonly identity: NodeIdentity;
  readonly capacity: NodeCapacityConfig;
  readonly machine: MachineFacts;
  readonly engine: EngineInfo;
  readonly runtime: Runtime;
  /** False when the engine could not be listed for long. */
  readonly isObserverHealthy: () => boolean;
  /** This node as the API was last seen to have it. */
  readonly node: () => Node | undefined;
  readonly diskPath: string;
  readonly shipperStatusFile?: string | undefined;
  readonly client: KubeClient;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Registers the node and keeps its status: at once when something changed, else now and then. */
export class NodeStatusWriter implements Component {
  readonly name = 'node-status';
  readonly #options: NodeStatusOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #images: readonly ImageDetail[] = [];
  #imagesAtMs = -Infinity;
  #written: { readonly text: string; readonly atMs: number } | undefined;
  #known: Node | undefined;

  constructor(options: NodeStatusOptions) {
    this.#options = options;
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('node status stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log, profile } = this.#options;
    while (!signal.aborted) {
      let delayMs = profile.nodeStatusUpdateMs;
      try {
        this.#known ??= await this.#register(signal);
        await this.#write(signal);
      } catch (error) {
        if (signal.aborted) return;
        // The node may have been deleted: it registers anew.
        if (isNotFound(error)) this.#known = undefined;
        log.debug({ error: messageOf(error) }, 'node status could not be written, trying again');
        delayMs = RETRY_MS;
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  async #register(signal: AbortSignal): Promise<Node> {
    const { client, identity, engine } = this.#options;
    this.#written = undefined;
    try {
      return await client.create(nodes, newNode(identity, engine), {}, signal);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const patch = { metadata: { labels: nodeLabels(identity.nodeName, engine) } };
      return client.patch(nodes, { name: identity.nodeName }, 'merge', patch, {}, signal);
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { client, clock, identity, capacity, machine, engine, profile } = this.#options;
    const observation = {
      engineProblem: this.#options.isObserverHealthy()
        ? undefined
        : 'PLEG is not healthy: the container engine could not be listed for 3 minutes',
      pressure: await readPressure(this.#options.diskPath),
      shipper: await this.#shipperStatus(),
    };
    await this.#refreshImages();
    const nowMs = clock.now();
    const text = JSON.stringify([nodeConditions(observation, [], 0), this.#images.length]);
    const isDue = !this.#written || nowMs - this.#written.atMs >= profile.nodeStatusReportMs;
    const conditions = this.#current()?.status?.conditions ?? [];
    // The control plane writes conditions too, when it has not heard from here.
    const isMarked = conditions.length === 0 || conditions.some((condition) => condition.status === 'Unknown');
    if (!isDue && !isMarked && this.#written?.text === text) return;
    const status = {
      ...nodeStatus(identity, capacity, machine, engine, this.#images),
      conditions: nodeConditions(observation, conditions, nowMs),
    };
    this.#known = await client.patch(
      nodes,
      { name: identity.nodeName },
      'merge',
      { status },
      { subresource: 'status' },
      signal,
    );
    this.#written = { text, atMs: nowMs };
  }

  /** The newer of what was written and what was seen since. */
  #current(): Node | undefined {
    const seen = this.#options.node();
    const known = this.#known;
    const isSeenNewer = Number(seen?.metadata?.resourceVersion ?? 0) > Number(known?.metadata?.resourceVersion ?? 0);
    return isSeenNewer ? seen : known;
  }

  async #refreshImages(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#imagesAtMs < IMAGES_EVERY_MS) return;
    this.#images = await this.#options.runtime.images().catch(() => this.#images);
    this.#imagesAtMs = nowMs;
  }

  async #shipperStatus(): Promise<ShipperStatus | undefined> {
    const path = this.#options.shipperStatusFile;
    if (path === undefined) return undefined;
    try {
      const text = await readFile(path, 'utf8');
      if (text.length > MAX_SHIPPER_STATUS_BYTES) return undefined;
      const status = JSON.parse(text) as ShipperStatus;
      return typeof status.lagSeconds === 'number' && typeof status.updatedAt === 'string' ? status : undefined;
    } catch {
      // Not written yet, or being replaced: the next look tells.
      return undefined;
    }
  }
}
