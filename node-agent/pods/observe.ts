import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { EngineContainer, Runtime } from '../runtime/runtime.ts';
import { nothingObserved, observedPodOf, type ObservedPod } from './observed-pod.ts';

/** How often everything is listed although no event came: events may be lost. */
const RELIST_MS = 5_000;
/** Pause after a relist or an event stream that failed. */
const RETRY_MS = 500;
/** Events that come together share a relist. */
const GATHER_MS = 5;
/** Without a complete list for this long the node cannot know its pods: upstream's bound for its event generator. */
const STALE_AFTER_MS = 180_000;
/** Containers asked about at a time. */
const INSPECT_CONCURRENCY = 8;

export interface ObserverOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told how long each list took, in seconds. */
  readonly onRelist?: ((seconds: number) => void) | undefined;
}

/**
 * What the engine has, by pod: listed and compared, never taken from events, which only say that it is time to look. A container is inspected when it is new, when
 * its state changed, or when an event or a caller names it. Handlers are told the pod's uid after the memory was changed.
 */
export class Observer implements Component {
  readonly name = 'observer';
  readonly #options: ObserverOptions;
  readonly #containers = new Map<string, EngineContainer>();
  readonly #pods = new Map<string, Set<string>>();
  readonly #views = new Map<string, ObservedPod>();
  readonly #handlers = new Set<(uid: string) => void>();
  readonly #named = new Set<string>();
  readonly #stop = new AbortController();
  #relisting: Promise<void> | undefined;
  #relistAgain = false;
  #cancelGather: (() => void) | undefined;
  #lastRelistMs = -Infinity;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Resolves when the first list is in memory: without it nothing may be started. */
  async start(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    for (;;) {
      try {
        await this.relist();
        break;
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the container engine does not answer, trying again');
        await this.#options.clock.sleep(RETRY_MS, stop);
      }
    }
    this.#loops = Promise.all([this.#relistNowAndThen(stop), this.#followEvents(stop)]);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('observer stopped'));
    this.#cancelGather?.();
    await this.#loops;
    await this.#relisting?.catch(() => undefined);
  }

  /** False when the engine could not be listed for a long time. */
  get isHealthy(): boolean {
    return this.#options.clock.monotonicMs() - this.#lastRelistMs < STALE_AFTER_MS;
  }

  pod(uid: string): ObservedPod {
    const known = this.#views.get(uid);
    if (known) return known;
    const ids = this.#pods.get(uid);
    if (!ids) return nothingObserved;
    const containers = [...ids].map((id) => this.#containers.get(id)).filter((found) => found !== undefined);
    const view = observedPodOf(containers);
    this.#views.set(uid, view);
    return view;
  }

  podUids(): readonly string[] {
    return [...this.#pods.keys()];
  }

  containers(): Iterable<EngineContainer> {
    return this.#containers.values();
  }

  container(id: string): EngineContainer | undefined {
    return this.#containers.get(id);
  }

  onChange(handler: (uid: string) => void): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Looks at one container now; resolves when what was seen is in memory. */
  async refresh(id: string): Promise<EngineContainer | undefined> {
    const container = await this.#options.runtime.inspect(id);
    this.#apply(id, container);
    return container;
  }

  /** Lists now; a call during a list leads to another one, so that what the caller did is in it. */
  async relist(): Promise<void> {
    if (this.#relisting) {
      this.#relistAgain = true;
      await this.#relisting.catch(() => undefined);
      if (this.#relistAgain) return this.relist();
      return this.#relisting;
    }
    this.#relistAgain = false;
    this.#relisting = this.#relist().finally(() => {
      this.#relisting = undefined;
    });
    return this.#relisting;
  }

  async #relist(): Promise<void> {
    const { runtime, clock } = this.#options;
    const beginMs = clock.monotonicMs();
    const named = new Set(this.#named);
    this.#named.clear();
    // Only what was known before the list began can be missing from it; the rest was made meanwhile.
    const before = [...this.#containers.keys()];
    const briefs = await runtime.list();
    const present = new Set(briefs.map((brief) => brief.id));
    for (const id of before) if (!present.has(id)) this.#apply(id, undefined);
    const stale = briefs
      .filter(
        (brief) =>
          named.has(brief.id) ||
          this.#containers.get(brief.id)?.state !== shownState(brief, this.#containers.get(brief.id)),
      )
      .map((brief) => brief.id);
    for (let at = 0; at < stale.length; at += INSPECT_CONCURRENCY) {
      await Promise.all(stale.slice(at, at + INSPECT_CONCURRENCY).map((id) => this.refresh(id)));
    }
    this.#lastRelistMs = clock.monotonicMs();
    this.#options.onRelist?.((this.#lastRelistMs - beginMs) / 1000);
  }

  #apply(id: string, container: EngineContainer | undefined): void {
    const old = this.#containers.get(id);
    if (!container) {
      if (!old) return;
      this.#containers.delete(id);
      const ids = this.#pods.get(old.owner.podUid);
      ids?.delete(id);
      if (ids?.size === 0) this.#pods.delete(old.owner.podUid);
      this.#tell(old.owner.podUid);
      return;
    }
    if (old && isSame(old, container)) return;
    this.#containers.set(id, container);
    const { podUid } = container.owner;
    const ids = this.#pods.get(podUid);
    if (ids) ids.add(id);
    else this.#pods.set(podUid, new Set([id]));
    this.#tell(podUid);
  }

  #tell(uid: string): void {
    this.#views.delete(uid);
    for (const handler of this.#handlers) handler(uid);
  }

  async #relistNowAndThen(stop: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!stop.aborted) {
      try {
        await clock.sleep(RELIST_MS, stop);
        await this.relist();
      } catch (error) {
        if (stop.aborted) return;
        log.warn({ error: messageOf(error) }, 'containers could not be listed');
      }
    }
  }

  async #followEvents(stop: AbortSignal): Promise<void> {
    const { clock, log, runtime } = this.#options;
    while (!stop.aborted) {
      try {
        for await (const id of runtime.events(stop)) {
          this.#named.add(id);
          this.#cancelGather ??= clock.after(GATHER_MS, () => {
            this.#cancelGather = undefined;
            this.#lookAtNamed();
          });
        }
      } catch (error) {
        if (stop.aborted) return;
        log.debug({ error: messageOf(error) }, 'engine events broke, listing instead');
      }
      if (stop.aborted) return;
      await clock.sleep(RETRY_MS, stop).catch(() => undefined);
      if (!stop.aborted) this.relist().catch(() => undefined);
    }
  }

  /** An event names the container, so asking about that one is enough; the next list finds what events left out. */
  #lookAtNamed(): void {
    const named = [...this.#named];
    this.#named.clear();
    for (const id of named) {
      this.refresh(id).catch((error: unknown) => {
        this.#named.add(id);
        this.#options.log.debug({ error: messageOf(error) }, 'container could not be inspected');
      });
    }
  }
}

/** A failed start is listed as `created` and shown as `exited`: that is no change. */
function shownState(brief: { readonly state: string }, known: EngineContainer | undefined): string {
  return brief.state === 'created' && known?.state === 'exited' ? 'exited' : brief.state;
}

function isSame(a: EngineContainer, b: EngineContainer): boolean {
  return (
    a.state === b.state &&
    a.startedAtMs === b.startedAtMs &&
    a.finishedAtMs === b.finishedAtMs &&
    a.exitCode === b.exitCode &&
    a.oomKilled === b.oomKilled &&
    a.ip === b.ip &&
    a.error === b.error &&
    a.resources?.cpuShares === b.resources?.cpuShares &&
    a.resources?.cpuQuotaUs === b.resources?.cpuQuotaUs &&
    a.resources?.memoryBytes === b.resources?.memoryBytes
  );
}
