import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { Logger } from '../../lib/log.ts';
import type { LogStoreClient } from './store-client.ts';

const PERIOD_MS = 15_000;
const QUARANTINED = /^vigil_log_store_quarantined_blocks\{index="([^"]*)"\} (\d+)$/gm;

/** Index → blocks that the embedded store has put aside as damaged, from its metrics; indices without any are left out. */
export function quarantinedIn(metrics: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [, index = '', count] of metrics.matchAll(QUARANTINED)) {
    if (Number(count) > 0) found.set(index, Number(count));
  }
  return found;
}

/** Asks the embedded log store every 15 s for what is damaged. Other stores have their own ways to say so: for them nothing is known. */
export class LogStoreConditionWatch implements Component {
  readonly name = 'condition of the log store';
  readonly #client: LogStoreClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #quarantined: ReadonlyMap<string, number> | undefined;

  constructor(client: LogStoreClient, clock: Clock, log: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  /** As it was when the store last answered; `undefined` before that. A store that is down has not become whole. */
  get quarantinedBlocks(): ReadonlyMap<string, number> | undefined {
    return this.#quarantined;
  }

  start(): Promise<void> {
    this.#running ??= this.#run(this.#stop.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const metrics = await this.#client.metrics(signal);
        this.#quarantined = metrics === undefined ? undefined : quarantinedIn(metrics);
      } catch (error) {
        this.#log.debug({ err: error }, 'the log store does not say how it is');
      }
      await this.#clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }
}
