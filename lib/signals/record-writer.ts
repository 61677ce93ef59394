import type { Dataset } from './records.ts';

/**
 * Where records are handed over for shipping. `append` never blocks and never throws: a record is written to a spool on disk, from which the log-shipper takes
 * it (at least once, stored once). `document` is complete: `@timestamp` and Elastic Common Schema names are set by the caller's mapping in `record-document.ts`.
 */
export interface RecordWriter {
  append(dataset: Dataset, document: Readonly<Record<string, unknown>>): void;
}
