import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { LogShipperConfig } from '../lib/config/log-shipper.ts';
import { VigilError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { checkpointsFile } from './buffer/checkpoints.ts';
import type { ShipperFigures } from './figures.ts';
import { Incidents } from './incidents.ts';
import { Output, outputStateDir, type OutputDestination } from './output.ts';
import { ContainerFolder } from './source/discover/container-folder.ts';
import { defaultHoldBounds } from './source/hold/hold-bounds.ts';
import { Holds } from './source/hold/holds.ts';
import { ReleaseGate } from './source/release-gate.ts';
import { SourceFiles } from './source/source-files.ts';
import { readIncidents, shipperStatus, writeStatus } from './status.ts';

/** A second look at everything that should have been told by the system: what a missed event costs at most. */
const RESCAN_PERIOD_MS = 1_000;
const STATUS_PERIOD_MS = 5_000;

export interface ShipperOutput extends OutputDestination {
  /** Files are kept until this output has acknowledged them. At least one output is required. */
  readonly required: boolean;
}

export interface ShipperOptions {
  readonly config: Pick<
    LogShipperConfig,
    'clusterName' | 'sourcesDirs' | 'recordsDirs' | 'stateDir' | 'holds' | 'containersDirs' | 'once'
  >;
  readonly outputs: readonly ShipperOutput[];
  /** Name of this machine, for containers that nobody announces. */
  readonly nodeName?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The whole shipper: its outputs, each with a reader of its own over the same files, and its status. */
export class Shipper implements Component {
  readonly name = 'log-shipper';
  readonly #options: ShipperOptions;
  readonly #holds: Holds;
  readonly #outputs: readonly Output[];
  #incidents = new Incidents({});
  #cancelRescan: (() => void) | undefined;
  #statusMs = -Infinity;
  #isStarted = false;
  #stopped = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { config, outputs, clock, log } = options;
    const required = outputs.filter((output) => output.required).map((output) => output.name);
    if (required.length === 0) {
      throw new VigilError('BAD_CONFIG', 'invalid', 'no output is required: files would go before they are shipped');
    }
    const gate = new ReleaseGate(required);
    const { dir, maxBytes, maxAgeHours, minFreePercent } = config.holds ?? {};
    this.#holds = new Holds({
      dir: dir ?? join(config.stateDir, 'holds'),
      stateDir: config.stateDir,
      bounds: {
        maxBytes: maxBytes ?? defaultHoldBounds.maxBytes,
        maxAgeMs: maxAgeHours === undefined ? defaultHoldBounds.maxAgeMs : maxAgeHours * 3_600_000,
        minFreeShare: minFreePercent === undefined ? defaultHoldBounds.minFreeShare : minFreePercent / 100,
      },
      gate,
      clock,
      log,
    });
    const node = options.nodeName ?? hostname();
    const found = (config.containersDirs ?? []).map(
      (containers) => new ContainerFolder({ dir: containers, node, isComplete: config.once ?? false }),
    );
    const folders = [...config.sourcesDirs.map((sources) => new SourceFiles(sources)), ...found];
    const shared = { config, folders, holds: this.#holds, gate, clock, log };
    this.#outputs = outputs.map(({ name, sink }) => new Output({ name, sink, ...shared }));
  }

  async start(): Promise<void> {
    this.#adoptCheckpoints();
    this.#incidents = new Incidents(readIncidents(this.#options.config.stateDir));
    this.#holds.start();
    for (const output of this.#outputs) await output.start();
    this.#rescan();
    this.#isStarted = true;
  }

  async stop(deadline: AbortSignal): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRescan?.();
    await Promise.all(this.#outputs.map((output) => output.stop(deadline)));
    await this.#holds.stop();
    this.#status();
  }

  /** Everything that is there is acknowledged by every output: for one-shot runs and tests. */
  get idle(): boolean {
    return this.#outputs.every((output) => output.idle);
  }

  /** Everything that was there is acknowledged by every required output. */
  get isDone(): boolean {
    return this.#isStarted && this.#outputs.every((output) => output.isDone);
  }

  figures(): ShipperFigures {
    return { held: this.#holds.figures, outputs: this.#outputs.map((output) => output.figures()) };
  }

  /** Checkpoints of a version that knew one output only are the first output's. */
  #adoptCheckpoints(): void {
    const [first] = this.#outputs;
    const { stateDir } = this.#options.config;
    const earlier = checkpointsFile(stateDir);
    if (!first || !existsSync(earlier)) return;
    const dir = outputStateDir(stateDir, first.name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    renameSync(earlier, checkpointsFile(dir));
  }

  #rescan(): void {
    if (this.#stopped) return;
    for (const output of this.#outputs) output.refresh();
    this.#holds.enforce();
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#statusMs >= STATUS_PERIOD_MS) {
      this.#statusMs = nowMs;
      this.#status();
    }
    this.#cancelRescan = this.#options.clock.after(RESCAN_PERIOD_MS, () => this.#rescan());
  }

  #status(): void {
    const { clock, config, log } = this.#options;
    try {
      const updatedAt = new Date(clock.now()).toISOString();
      writeStatus(config.stateDir, shipperStatus(this.figures(), this.#incidents, updatedAt));
    } catch (error) {
      log.warn({ err: error }, 'status cannot be written');
    }
  }
}
