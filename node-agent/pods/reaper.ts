import { readdir, statfs } from 'node:fs/promises';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import type { PodDeps } from './pod-deps.ts';
import { planRemoval } from './removal.ts';
import { sweepSources } from './sweep-sources.ts';

/** How often the shipper's `.done` files are looked for while something waits for them. */
const LOOK_AGAIN_MS = 500;
/** After a wake, for others that follow at once. */
const GATHER_MS = 20;
/** Without anything to do: folders and sources that a crash left behind. */
const SWEEP_MS = 60_000;

export interface ReaperOptions {
  readonly deps: PodDeps;
  /** False when the API no longer has the pod and its worker has let go of it. */
  readonly isWanted: (podUid: string) => boolean;
  /** Nothing is left of the pod. */
  readonly onRemoved: (podUid: string) => void;
}

/** Removes dead containers and what lies around them, after their logs are shipped. */
export class Reaper implements Component {
  readonly name = 'reaper';
  readonly #options: ReaperOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #wake: () => void = () => {};
  #isWoken = false;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('reaper stopped'));
    this.#wake();
    await this.#running;
  }

  /** Something ended or is no longer wanted. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let delayMs = 0;
    while (!signal.aborted) {
      await this.#sleep(delayMs);
      if (signal.aborted) return;
      delayMs = SWEEP_MS;
      try {
        if (await this.#pass()) delayMs = LOOK_AGAIN_MS;
      } catch (error) {
        delayMs = LOOK_AGAIN_MS;
        this.#options.deps.log.warn({ error: messageOf(error) }, 'dead containers could not be removed, trying again');
      }
    }
  }

  /** Until woken, at the latest after `delayMs`; a wake during a pass counts. */
  async #sleep(delayMs: number): Promise<void> {
    const { clock } = this.#options.deps;
    if (!this.#isWoken) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(delayMs, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = () => {};
    }
    // Ends come in groups; one look serves them all.
    if (this.#isWoken) await clock.sleep(GATHER_MS);
    this.#isWoken = false;
  }

  /** Resolves with true when something waits for the shipper. */
  async #pass(): Promise<boolean> {
    const { deps, isWanted, onRemoved } = this.#options;
    const byPod = new Map<string, EngineContainer[]>();
    for (const container of deps.observer.containers()) {
      const list = byPod.get(container.owner.podUid);
      if (list) list.push(container);
      else byPod.set(container.owner.podUid, [container]);
    }
    let isWaiting = false;
    const freeShare = await freeShareOf(deps.files.podsDir);
    for (const [uid, containers] of byPod) {
      const shipped = new Set<string>();
      const held = new Set<string>();
      for (const { id, state } of containers) {
        if (state !== 'exited') continue;
        if (await deps.sources.isShipped(id)) shipped.add(id);
        else if (await deps.sources.isHeld(id)) held.add(id);
      }
      const removal = planRemoval({
        containers,
        isWanted: isWanted(uid),
        isShipped: (id) => shipped.has(id),
        isHeld: (id) => held.has(id),
        bounds: deps.removal,
        freeShare,
        nowMs: deps.clock.now(),
      });
      for (const container of removal.remove) await this.#remove(container);
      isWaiting ||= removal.isWaiting;
    }
    await this.#sweep(isWanted, onRemoved);
    return isWaiting;
  }

  async #remove(container: EngineContainer): Promise<void> {
    const { runtime, observer, sources } = this.#options.deps;
    await runtime.remove(container.id);
    await observer.refresh(container.id);
    await sources.remove(container.id);
  }

  /** Folders of pods, files of images and log sources of containers that are nowhere any more. */
  async #sweep(isWanted: (uid: string) => boolean, onRemoved: (uid: string) => void): Promise<void> {
    const { observer, runtime, volumes, imageVolumes, sources, files } = this.#options.deps;
    const present = new Set(observer.podUids());
    for (const uid of await readdir(files.podsDir).catch(() => [])) {
      if (present.has(uid) || isWanted(uid)) continue;
      await volumes.remove(uid);
      onRemoved(uid);
    }
    await imageVolumes.sweep();
    await sweepSources(sources, (id) => observer.container(id) !== undefined, runtime);
  }
}

/** Of the disk that a folder is on; 1 when it cannot be told. */
async function freeShareOf(path: string): Promise<number> {
  try {
    const { bavail, blocks } = await statfs(path);
    return blocks > 0 ? bavail / blocks : 1;
  } catch {
    return 1;
  }
}
