import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { LogShipperConfig } from '../lib/config/log-shipper.ts';
import type { Logger } from '../lib/log.ts';
import { Checkpoints } from './buffer/checkpoints.ts';
import type { ContainerFigures, OutputFigures } from './figures.ts';
import { Lag } from './lag.ts';
import { Pipeline } from './pipeline.ts';
import type { Sink } from './sinks/sink.ts';
import { ContainerSources } from './source/container-sources.ts';
import type { ContainerTail } from './source/container-tail.ts';
import type { Holds } from './source/hold/holds.ts';
import { RecordSources } from './source/record-sources.ts';
import type { ReleaseGate } from './source/release-gate.ts';
import type { SourceFolder } from './source/source-folder.ts';
import { SourceLag } from './source-lag.ts';

const CHECKPOINT_DELAY_MS = 500;

/** Where documents go, and whether files wait for it. */
export interface OutputDestination {
  /** Names its checkpoints, metrics and status. */
  readonly name: string;
  readonly sink: Sink;
}

export interface OutputOptions extends OutputDestination {
  readonly config: Pick<LogShipperConfig, 'clusterName' | 'recordsDirs' | 'stateDir'>;
  /** Where containers are announced or found. */
  readonly folders: readonly SourceFolder[];
  readonly holds: Holds;
  readonly gate: ReleaseGate;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Folder of what an output remembers. */
export function outputStateDir(stateDir: string, name: string): string {
  return join(stateDir, 'outputs', name);
}

/** One output with a reader of its own over all sources and checkpoints of its own: however slow it is, no other output waits for it. */
export class Output implements Component {
  readonly name: string;
  readonly #options: OutputOptions;
  readonly #log: Logger;
  readonly #checkpoints: Checkpoints;
  readonly #pipeline: Pipeline;
  readonly #containers: ContainerSources;
  readonly #records: RecordSources;
  /** Of all sources, those without figures of their own too. */
  readonly #lag = new Lag();
  readonly #containerLags = new WeakMap<ContainerTail, SourceLag>();
  #cancelSave: (() => void) | undefined;
  #stopped = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    const { name, config, folders, holds, sink, gate, clock } = options;
    const log = options.log.child({ output: name });
    this.name = name;
    this.#log = log;
    this.#checkpoints = new Checkpoints(outputStateDir(config.stateDir, name));
    this.#pipeline = new Pipeline({
      sink,
      clock,
      log,
      acknowledged: (sources) => {
        for (const source of sources) {
          this.#containers.acknowledged(source);
          this.#records.acknowledged(source);
        }
        this.#saveSoon();
      },
    });
    const shared = { output: name, gate, checkpoints: this.#checkpoints, pipeline: this.#pipeline };
    this.#containers = new ContainerSources({
      ...shared,
      clusterName: config.clusterName,
      folders,
      holds,
      log,
    });
    this.#records = new RecordSources({ ...shared, dirs: config.recordsDirs });
  }

  start(): Promise<void> {
    const problem = this.#checkpoints.load();
    if (problem !== undefined) {
      this.#log.warn({ reason: problem }, 'checkpoints cannot be read: everything is sent again');
    }
    this.refresh();
    this.#containers.takeLeft();
    this.#checkpoints.keepOnly((key) => this.#containers.knows(key) || this.#records.knows(key));
    return Promise.resolve();
  }

  async stop(deadline: AbortSignal): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelSave?.();
    await this.#pipeline.stop(deadline);
    this.#save();
    this.#containers.close();
    this.#records.close();
  }

  /** Looks at all sources again, in case the system did not tell of a change. */
  refresh(): void {
    if (this.#stopped) return;
    this.#containers.refresh();
    this.#records.refresh();
    for (const tail of this.#containers.tails) this.#containerLag(tail);
    this.#saveSoon();
  }

  /** Everything that is there is acknowledged. */
  get idle(): boolean {
    return this.#containers.isOpen && this.#pipeline.idle && this.#backlogBytes === 0;
  }

  /** Everything that was there at some time is acknowledged; what nobody waits for is done at once. */
  get isDone(): boolean {
    const { gate, name, config } = this.#options;
    if (!gate.waitsFor(name)) return true;
    const hasRecords = config.recordsDirs.length > 0 && !(this.#records.backlogBytes() === 0 && this.#pipeline.idle);
    return this.#containers.isDone && !hasRecords;
  }

  figures(): OutputFigures {
    const { name, sink, gate } = this.#options;
    const backlogBytes = this.#backlogBytes;
    const containers = this.#containers.tails.map((tail) => this.#containerFigures(tail));
    return {
      name,
      required: gate.waitsFor(name),
      counters: this.#pipeline.counters,
      containers,
      backlogBytes,
      lagSeconds: containers.reduce(
        (most, container) => Math.max(most, container.lagSeconds),
        this.#lagSeconds(backlogBytes),
      ),
      lastError: sink.lastError,
      lastRefusal: this.#pipeline.lastRefusal,
    };
  }

  #containerFigures(tail: ContainerTail): ContainerFigures {
    const { source, counters } = tail;
    return { source, counters, ...this.#pipeline.outcomes.of(tail.key), lagSeconds: this.#containerLag(tail) };
  }

  #containerLag(tail: ContainerTail): number {
    const lag = this.#containerLags.get(tail) ?? new SourceLag();
    this.#containerLags.set(tail, lag);
    const { counters, progress } = tail;
    const { sentBatches, acknowledgedBatches, isGathering } = progress;
    return lag.observe(this.#options.clock.monotonicMs(), {
      passedBytes: counters.bytes + counters.lostBytes,
      backlogBytes: tail.backlogBytes(),
      sentBatches,
      acknowledgedBatches,
      isGathering,
    });
  }

  get #backlogBytes(): number {
    return this.#containers.tails.reduce((sum, tail) => sum + tail.backlogBytes(), this.#records.backlogBytes());
  }

  #lagSeconds(backlogBytes: number): number {
    return this.#lag.observe(
      this.#options.clock.monotonicMs(),
      this.#pipeline.oldestUnacknowledgedMs,
      backlogBytes > 0,
    );
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
      this.#containers.releaseAll();
    } catch (error) {
      this.#log.error({ err: error }, 'checkpoints cannot be written: a restart will send again what was stored');
    }
  }
}
