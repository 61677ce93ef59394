import type { ChildProcess } from 'node:child_process';
import type { CountingSink } from './counting-sink.ts';

/** Where a shipper finds logs and where it sends them. */
export interface ShippingTask {
  /** An empty folder for configuration and state. */
  readonly root: string;
  /** Docker's folder of containers: `<id>/<id>-json.log`. */
  readonly containers: string;
  /** The `LogSource` files that the node agent would have written about them. */
  readonly sources: string;
  /** Where the sink listens. */
  readonly url: string;
}

/** A log shipper as the benchmark sees it: one process that reads `containers` and sends to `url`. */
export interface Contender {
  readonly name: string;
  /** What it sends and with which settings, for the reader of the table. */
  readonly how: string;
  /** Throughput is measured so often; the median counts. */
  readonly runs: number;
  newSink(): CountingSink;
  start(task: ShippingTask): ChildProcess;
}

/** A contender, or why it cannot be had on this machine. */
export type Availability =
  | { readonly kind: 'ready'; readonly contender: Contender }
  | { readonly kind: 'missing'; readonly name: string; readonly reason: string };
