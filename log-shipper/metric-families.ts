import type { ContainerFigures, OutputFigures } from './figures.ts';
import type { HoldFigures } from './source/hold/holds.ts';

/** Metrics of one name, without the common prefix. */
export interface Family<T> {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: (figures: T) => number;
  /** Value of the label `reason`, where one name has several. */
  readonly reason?: string;
}

export const holdFamilies: readonly Family<HoldFigures>[] = [
  {
    name: 'held_files',
    type: 'gauge',
    help: 'Log files that are held until they are shipped.',
    value: ({ files }) => files,
  },
  {
    name: 'held_bytes',
    type: 'gauge',
    help: 'Bytes of held files that nobody else has any more.',
    value: ({ bytes }) => bytes,
  },
];

/** Labelled by `output`. */
export const outputFamilies: readonly Family<OutputFigures>[] = [
  {
    name: 'batches_total',
    type: 'counter',
    help: 'Batches that were completed.',
    value: ({ counters }) => counters.batches,
  },
  {
    name: 'sent_bytes_total',
    type: 'counter',
    help: 'Bytes of batches, before compression and without repetitions.',
    value: ({ counters }) => counters.bytes,
  },
  {
    name: 'documents_acknowledged_total',
    type: 'counter',
    help: 'Documents that the output has.',
    value: ({ counters }) => counters.acknowledged,
  },
  {
    name: 'documents_duplicate_total',
    type: 'counter',
    help: 'Documents that the output had before.',
    value: ({ counters }) => counters.duplicates,
  },
  {
    name: 'documents_retried_total',
    type: 'counter',
    help: 'Documents that were sent again.',
    value: ({ counters }) => counters.retried,
  },
  {
    name: 'documents_refused_total',
    type: 'counter',
    help: 'Documents that the output refused; they are in the dead-letter stream.',
    value: ({ counters }) => counters.refused,
  },
  {
    name: 'documents_rejected_total',
    type: 'counter',
    help: 'Documents that the output rejected without saying which: they are lost.',
    value: ({ counters }) => counters.rejected,
  },
  {
    name: 'dead_letters_lost_total',
    type: 'counter',
    help: 'Refused documents that the dead-letter stream refused too.',
    value: ({ counters }) => counters.deadLettersLost,
  },
  {
    name: 'gaps_total',
    type: 'counter',
    help: 'Log files that were gone before they were read.',
    value: ({ counters }) => counters.gaps,
  },
  {
    name: 'lines_lost_total',
    type: 'counter',
    help: 'Lines of files that could not be kept until they were read.',
    value: ({ counters }) => counters.lostLines,
  },
  {
    name: 'bytes_lost_total',
    type: 'counter',
    help: 'Bytes of files that could not be kept until they were read.',
    value: ({ counters }) => counters.lostBytes,
  },
  {
    name: 'invalid_sources_total',
    type: 'counter',
    help: 'Source files that could not be read.',
    value: ({ counters }) => counters.invalidSources,
  },
  {
    name: 'lag_seconds',
    type: 'gauge',
    help: 'How long the oldest line that the output does not have yet has waited.',
    value: ({ lagSeconds }) => lagSeconds,
  },
  {
    name: 'backlog_bytes',
    type: 'gauge',
    help: 'Bytes in files that were not read yet.',
    value: ({ backlogBytes }) => backlogBytes,
  },
  {
    name: 'output_up',
    type: 'gauge',
    help: '1 when the last request succeeded.',
    value: ({ lastError }) => (lastError === undefined ? 1 : 0),
  },
];

const DROPPED = { name: 'container_lines_dropped_total', type: 'counter', help: 'Lines left out, by reason.' } as const;

/** Labelled by `output`, `namespace`, `pod` and `container`. Families of one name stand together. */
export const containerFamilies: readonly Family<ContainerFigures>[] = [
  { name: 'container_lines_in_total', type: 'counter', help: 'Lines read.', value: ({ counters }) => counters.in },
  {
    name: 'container_lines_out_total',
    type: 'counter',
    help: 'Lines that the output has, refused ones left out.',
    value: ({ counters, refused }) => counters.out - refused,
  },
  // An annotation asks for it.
  { ...DROPPED, reason: 'annotation', value: ({ counters }) => counters.dropped },
  // The file could not be kept until it was read.
  { ...DROPPED, reason: 'file_lost', value: ({ counters }) => counters.lostLines },
  {
    name: 'container_lines_retried_total',
    type: 'counter',
    help: 'Lines that were sent again.',
    value: ({ retried }) => retried,
  },
  {
    name: 'container_lines_refused_total',
    type: 'counter',
    help: 'Lines that the output refused; they are in the dead-letter stream.',
    value: ({ refused }) => refused,
  },
  {
    name: 'container_lines_malformed_total',
    type: 'counter',
    help: 'Entries that are not in the format of the file.',
    value: ({ counters }) => counters.malformed,
  },
  {
    name: 'container_lag_seconds',
    type: 'gauge',
    help: 'How long the oldest line that the output does not have yet has waited.',
    value: ({ lagSeconds }) => lagSeconds,
  },
];
