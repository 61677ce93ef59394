import type { Clock } from '../../../lib/clock.ts';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { events } from '../../../lib/kube/resources.ts';
import type { CoreEvent } from '../../../lib/kube/types.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Registry } from '../../registry/registry.ts';

/** Upstream's time to live. The log store keeps them longer. */
const KEEP_MS = 60 * 60_000;
/** Beyond this many the oldest go early: a loop that went wild must not fill memory and disk. */
const MAX_EVENTS = 20_000;
const LOOK_EVERY_MS = 60_000;

/** Removes Events that are an hour old, or too many. */
export class EventExpiry implements Component {
  readonly name = 'event expiry';
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: { readonly registry: Registry; readonly clock: Clock; readonly log: Logger }) {
    this.#registry = options.registry;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running = this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(LOOK_EVERY_MS, signal);
        await this.#expire();
      } catch (error) {
        if (!signal.aborted) this.#log.warn({ error: messageOf(error) }, 'old events could not be removed');
      }
    }
  }

  async #expire(): Promise<void> {
    const resource = this.#registry.of(events);
    const entries = [...resource.cache.all()].map((entry) => ({
      entry,
      atMs: lastSeenMs(entry.object as unknown as CoreEvent),
    }));
    const oldestMs = this.#clock.now() - KEEP_MS;
    entries.sort((a, b) => a.atMs - b.atMs);
    const tooMany = entries.length - MAX_EVENTS;
    for (const [index, { entry, atMs }] of entries.entries()) {
      if (atMs >= oldestMs && index >= tooMany) return;
      // Somebody who writes to it at the same time keeps it for another round.
      await this.#registry.commitRemoval(resource, entry.key, entry.revision);
    }
  }
}

function lastSeenMs(event: CoreEvent): number {
  const times = [
    event.series?.lastObservedTime,
    event.lastTimestamp,
    event.eventTime,
    event.firstTimestamp,
    event.metadata?.creationTimestamp,
  ];
  return Math.max(0, ...times.map((time) => (time === undefined || time === null ? 0 : Date.parse(time) || 0)));
}
