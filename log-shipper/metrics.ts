import type { ContainerTail } from './source/container-tail.ts';
import type { HoldFigures } from './source/hold/holds.ts';

/** Series of single containers; beyond, only the sums, so that labels stay bounded. */
const MAX_SERIES = 1_000;

/** Figures of one output. */
export interface ShipperCounters {
  batches: number;
  bytes: number;
  acknowledged: number;
  duplicates: number;
  retried: number;
  refused: number;
  rejected: number;
  deadLettersLost: number;
  gaps: number;
  lostLines: number;
  lostBytes: number;
  invalidSources: number;
}

export function newCounters(): ShipperCounters {
  return {
    batches: 0,
    bytes: 0,
    acknowledged: 0,
    duplicates: 0,
    retried: 0,
    refused: 0,
    rejected: 0,
    deadLettersLost: 0,
    gaps: 0,
    lostLines: 0,
    lostBytes: 0,
    invalidSources: 0,
  };
}

export interface OutputFigures {
  readonly name: string;
  readonly counters: ShipperCounters;
  readonly containers: readonly ContainerTail[];
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  /** Why the last attempt failed; `undefined` when it did not. */
  readonly lastError: string | undefined;
}

export interface ShipperFigures {
  readonly held: HoldFigures;
  readonly outputs: readonly OutputFigures[];
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}

interface HoldFamily extends Family {
  readonly value: (figures: HoldFigures) => number;
}

interface OutputFamily extends Family {
  readonly value: (figures: OutputFigures) => number;
}

interface ContainerFamily extends Family {
  readonly value: (tail: ContainerTail) => number;
}

const outputFamilies: readonly OutputFamily[] = [
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
    help: 'How long the oldest line that is not stored yet has waited.',
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

const holdFamilies: readonly HoldFamily[] = [
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

const containerFamilies: readonly ContainerFamily[] = [
  { name: 'lines_in_total', type: 'counter', help: 'Lines read.', value: ({ counters }) => counters.in },
  { name: 'lines_out_total', type: 'counter', help: 'Lines acknowledged.', value: ({ counters }) => counters.out },
  {
    name: 'lines_dropped_total',
    type: 'counter',
    help: 'Lines left out because an annotation asks for it.',
    value: ({ counters }) => counters.dropped,
  },
  {
    name: 'container_lines_lost_total',
    type: 'counter',
    help: 'Lines of files that could not be kept until they were read.',
    value: ({ counters }) => counters.lostLines,
  },
  {
    name: 'lines_malformed_total',
    type: 'counter',
    help: 'Entries that are not in the format of the file.',
    value: ({ counters }) => counters.malformed,
  },
];

/** Prometheus' text format. */
export function renderMetrics(figures: ShipperFigures): string {
  const { outputs } = figures;
  const out: string[] = [];
  for (const family of holdFamilies) {
    head(out, family);
    out.push(`vigil_log_shipper_${family.name} ${family.value(figures.held)}`);
  }
  for (const family of outputFamilies) {
    head(out, family);
    for (const output of outputs) sample(out, family, `output="${escape(output.name)}"`, family.value(output));
  }
  const perOutput = Math.floor(MAX_SERIES / Math.max(1, outputs.length));
  for (const family of containerFamilies) {
    head(out, family);
    for (const { name, containers } of outputs) {
      for (const tail of containers.slice(0, perOutput)) {
        const { namespace, pod, container } = tail.source;
        const labels = `output="${escape(name)}",namespace="${escape(namespace)}",pod="${escape(pod)}",container="${escape(container)}"`;
        sample(out, family, labels, family.value(tail));
      }
    }
  }
  return `${out.join('\n')}\n`;
}

function head(out: string[], { name, help, type }: Family): void {
  out.push(`# HELP vigil_log_shipper_${name} ${help}`, `# TYPE vigil_log_shipper_${name} ${type}`);
}

function sample(out: string[], { name }: Family, labels: string, value: number): void {
  out.push(`vigil_log_shipper_${name}{${labels}} ${value}`);
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
