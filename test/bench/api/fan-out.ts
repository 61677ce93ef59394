import type { ClientResult, ServerAddress } from './client-protocol.ts';
import { Connection, requestBytes } from './connection.ts';
import { podBody } from './sample-objects.ts';
import { PODS_WATCH, WatchStream } from './watch-stream.ts';

/** A namespace of its own keeps the watchers out of the way of other loads. */
const NAMESPACE = 'fan-out';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const OPENING_AT_ONCE = 50;
/** Beyond it an event counts as lost. */
const EVENT_TIMEOUT_MS = 10_000;

/** One writer and many watchers of the same pods. */
export class FanOut {
  readonly #writer: Connection;
  readonly #streams: WatchStream[] = [];
  /** Every run makes pods of other names. */
  #created = 0;
  #arrivedMs: number[] = [];
  #onAll: () => void = () => {};

  private constructor(writer: Connection) {
    this.#writer = writer;
  }

  static async open(address: ServerAddress, watches: number): Promise<FanOut> {
    const fanOut = new FanOut(await Connection.open(address));
    const namespace = JSON.stringify({ metadata: { name: NAMESPACE } });
    await fanOut.#writer.send(requestBytes('POST', '/api/v1/namespaces', namespace));
    const onEvent = () => fanOut.#arrived(watches);
    const open = () => WatchStream.open(address, `${PODS}${PODS_WATCH}`, onEvent);
    while (fanOut.#streams.length < watches) {
      const count = Math.min(OPENING_AT_ONCE, watches - fanOut.#streams.length);
      fanOut.#streams.push(...(await Promise.all(Array.from({ length: count }, open))));
    }
    return fanOut;
  }

  /** Counts deliveries. Their lags are from the sending of the request: its answer comes behind most of them. */
  async run(events: number): Promise<ClientResult> {
    const eventLagsMs: number[] = [];
    const latenciesMs: number[] = [];
    let failed = 0;
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    for (let event = 0; event < events; event++) {
      this.#arrivedMs = [];
      const all = new Promise<void>((resolve) => {
        this.#onAll = resolve;
        setTimeout(resolve, EVENT_TIMEOUT_MS).unref();
      });
      const sentMs = performance.now();
      await this.#writer.send(requestBytes('POST', PODS, podBody(`pod-${this.#created++}`, event)));
      latenciesMs.push(performance.now() - sentMs);
      await all;
      failed += this.#streams.length - this.#arrivedMs.length;
      for (const ms of this.#arrivedMs) eventLagsMs.push(ms - sentMs);
    }
    const { user, system } = process.cpuUsage(cpu);
    return {
      count: eventLagsMs.length,
      failed,
      elapsedMs: performance.now() - startMs,
      latenciesMs,
      eventLagsMs,
      bodyBytes: 0,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  close(): void {
    this.#writer.close();
    for (const stream of this.#streams) stream.close();
  }

  #arrived(watches: number): void {
    this.#arrivedMs.push(performance.now());
    if (this.#arrivedMs.length === watches) this.#onAll();
  }
}
