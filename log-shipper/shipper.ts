import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { LogShipperConfig } from '../lib/config/log-shipper.ts';
import type { Logger } from '../lib/log.ts';
import { Checkpoints } from './buffer/checkpoints.ts';
import { Lag } from './lag.ts';
import type { ShipperFigures } from './metrics.ts';
import { Pipeline } from './pipeline.ts';
import type { Sink } from './sinks/sink.ts';
import { ContainerSources } from './source/container-sources.ts';
import { RecordSources } from './source/record-sources.ts';
import { writeStatus } from './status.ts';

/** A second look at everything that should have been told by the system: what a missed event costs at most. */
const RESCAN_PERIOD_MS = 1_000;
const CHECKPOINT_DELAY_MS = 500;
const STATUS_PERIOD_MS = 5_000;

export interface ShipperOptions {
  readonly config: Pick<LogShipperConfig, 'clusterName' | 'sourcesDirs' | 'recordsDirs' | 'stateDir'>;
  readonly sink: Sink;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The whole shipper: sources, pipeline, checkpoints, status. */
export class Shipper implements Component {
  readonly name = 'log-shipper';
  readonly #options: ShipperOptions;
  readonly #checkpoints: Checkpoints;
  readonly #pipeline: Pipeline;
  readonly #containers: ContainerSources;
  readonly #records: RecordSources;
  readonly #lag = new Lag();
  #cancelRescan: (() => void) | undefined;
  #cancelSave: (() => void) | undefined;
  #statusMs = -Infinity;
  #stopped = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { config, sink, clock, log } = options;
    this.#checkpoints = new Checkpoints(config.stateDir);
    this.#pipeline = new Pipeline({
      clusterName: config.clusterName,
      sink,
      clock,
      log,
      acknowledged: (tails) => {
        for (const tail of tails) {
          this.#containers.acknowledged(tail);
          this.#records.acknowledged(tail);
        }
        this.#saveSoon();
      },
    });
    this.#containers = new ContainerSources({
      clusterName: config.clusterName,
      dirs: config.sourcesDirs,
      checkpoints: this.#checkpoints,
      pipeline: this.#pipeline,
      log,
    });
    this.#records = new RecordSources(config.recordsDirs, this.#checkpoints, this.#pipeline);
  }

  start(): Promise<void> {
    const problem = this.#checkpoints.load();
    if (problem !== undefined) {
      this.#options.log.warn({ reason: problem }, 'checkpoints cannot be read: everything is sent again, stored once');
    }
    this.#rescan();
    this.#checkpoints.keepOnly((key) => this.#containers.knows(key) || this.#records.knows(key));
    return Promise.resolve();
  }

  async stop(deadline: AbortSignal): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRescan?.();
    this.#cancelSave?.();
    await this.#pipeline.stop(deadline);
    this.#save();
    this.#containers.close();
    this.#records.close();
  }

  /** Everything that is there is stored: for one-shot runs and tests. */
  get idle(): boolean {
    return this.#pipeline.idle && this.backlogBytes === 0;
  }

  get backlogBytes(): number {
    return this.#containers.tails.reduce((sum, tail) => sum + tail.backlogBytes(), this.#records.backlogBytes());
  }

  figures(): ShipperFigures {
    const containers = this.#containers.tails;
    const { backlogBytes } = this;
    return {
      counters: this.#pipeline.counters,
      containers,
      backlogBytes,
      lagSeconds: this.#lagSeconds(backlogBytes),
      storeUp: this.#options.sink.lastError === undefined,
    };
  }

  #lagSeconds(backlogBytes: number): number {
    return this.#lag.observe(
      this.#options.clock.monotonicMs(),
      this.#pipeline.oldestUnacknowledgedMs,
      backlogBytes > 0,
    );
  }

  #rescan(): void {
    if (this.#stopped) return;
    this.#containers.refresh();
    this.#records.refresh();
    this.#saveSoon();
    this.#status();
    this.#cancelRescan = this.#options.clock.after(RESCAN_PERIOD_MS, () => this.#rescan());
  }

  #saveSoon(): void {
    if (this.#stopped) return;
    this.#cancelSave ??= this.#options.clock.after(CHECKPOINT_DELAY_MS, () => {
      this.#cancelSave = undefined;
      this.#save();
    });
  }

  #save(): void {
    try {
      this.#containers.noteAll();
      this.#records.noteAll();
      this.#checkpoints.save();
    } catch (error) {
      this.#options.log.error(
        { err: error },
        'checkpoints cannot be written: a restart will send again what was stored',
      );
    }
  }

  #status(): void {
    const { clock, sink, config, log } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#statusMs < STATUS_PERIOD_MS) return;
    this.#statusMs = nowMs;
    const figures = this.figures();
    const lastError = sink.lastError ?? null;
    try {
      writeStatus(config.stateDir, {
        lagSeconds: Math.round(figures.lagSeconds * 1_000) / 1_000,
        backlogBytes: figures.backlogBytes,
        lastError,
        updatedAt: new Date(clock.now()).toISOString(),
        perOutput: { [sink.name]: { up: lastError === null, acknowledged: figures.counters.acknowledged, lastError } },
      });
    } catch (error) {
      log.warn({ err: error }, 'status cannot be written');
    }
  }
}
