import type { LossCluster } from './loss-cluster.ts';
import type { LossResult } from './loss-result.ts';

/** How much is written: a benchmark's worth, or what a test has time for. */
export interface LossSize {
  /** Lines of the rows that are about many lines, all writers together. */
  readonly lines: number;
  readonly writers: number;
  /** Containers that live a moment. */
  readonly shortLived: number;
  /** Containers that are killed or asked to end. */
  readonly ended: number;
  /** How often a process is killed at most: nothing that comes up again too late would ever be seen to end. */
  readonly kills: number;
  readonly outageMs: number;
  readonly longLines: number;
  readonly garbageLines: number;
  readonly firehoseMs: number;
}

/** One way in which lines could get lost. */
export interface LossRow {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** Makes trouble and counts. `namespace` is the row's own and exists. */
  run(loss: LossCluster, namespace: string, size: LossSize): Promise<LossResult>;
}
