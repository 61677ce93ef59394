import { decisionDocument } from './record-document.ts';
import type { RecordWriter } from './record-writer.ts';
import type { DecisionRecord } from './records.ts';

/** Where decisions are kept. Never blocks and never throws. */
export interface DecisionLog {
  decided(record: DecisionRecord): void;
}

/** Keeps decisions with the other records of the cluster. */
export class RecordedDecisions implements DecisionLog {
  readonly #records: RecordWriter;
  readonly #clusterName: string;

  constructor(records: RecordWriter, clusterName: string) {
    this.#records = records;
    this.#clusterName = clusterName;
  }

  decided(record: DecisionRecord): void {
    this.#records.append('decisions', decisionDocument(record, this.#clusterName));
  }
}
