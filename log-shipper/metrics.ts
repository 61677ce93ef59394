import type { ContainerTail } from './source/container-tail.ts';

/** Containers that are shown one by one; beyond, only the sums, so that labels stay bounded. */
const MAX_SERIES = 1_000;

/** Figures of the whole shipper. */
export interface ShipperCounters {
  batches: number;
  bytes: number;
  acknowledged: number;
  duplicates: number;
  retried: number;
  refused: number;
  deadLettersLost: number;
  gaps: number;
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
    deadLettersLost: 0,
    gaps: 0,
    invalidSources: 0,
  };
}

export interface ShipperFigures {
  readonly counters: ShipperCounters;
  readonly containers: readonly ContainerTail[];
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  readonly storeUp: boolean;
}

/** Prometheus' text format. */
export function renderMetrics(figures: ShipperFigures): string {
  const out: string[] = [];
  const family = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: readonly (readonly [string, number])[],
  ) => {
    out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) out.push(`${name}${labels} ${value}`);
  };
  const total = (name: string, help: string, value: number) => family(name, 'counter', help, [['', value]]);
  const { counters } = figures;
  total('vigil_shipper_batches_total', 'Bulk requests that were completed.', counters.batches);
  total('vigil_shipper_sent_bytes_total', 'Bytes of bulk bodies, without repetitions.', counters.bytes);
  total('vigil_shipper_documents_acknowledged_total', 'Documents that the store has.', counters.acknowledged);
  total('vigil_shipper_documents_duplicate_total', 'Documents that the store had before.', counters.duplicates);
  total('vigil_shipper_documents_retried_total', 'Documents that were sent again.', counters.retried);
  total(
    'vigil_shipper_documents_refused_total',
    'Documents that the store refused; they are in the dead-letter stream.',
    counters.refused,
  );
  total(
    'vigil_shipper_dead_letters_lost_total',
    'Refused documents that the dead-letter stream refused too.',
    counters.deadLettersLost,
  );
  total('vigil_shipper_gaps_total', 'Log files that were gone before they were read.', counters.gaps);
  total('vigil_shipper_invalid_sources_total', 'Source files that could not be read.', counters.invalidSources);
  family('vigil_shipper_lag_seconds', 'gauge', 'How long the oldest line that is not stored yet has waited.', [
    ['', figures.lagSeconds],
  ]);
  family('vigil_shipper_backlog_bytes', 'gauge', 'Bytes in files that were not read yet.', [
    ['', figures.backlogBytes],
  ]);
  family('vigil_shipper_store_up', 'gauge', '1 when the last request succeeded.', [['', figures.storeUp ? 1 : 0]]);
  const shown = figures.containers.slice(0, MAX_SERIES).map((tail) => {
    const { namespace, pod, container } = tail.source;
    return [
      `{namespace="${escape(namespace)}",pod="${escape(pod)}",container="${escape(container)}"}`,
      tail.counters,
    ] as const;
  });
  const perContainer = (name: string, help: string, figure: (counters: ContainerTail['counters']) => number) =>
    family(
      name,
      'counter',
      help,
      shown.map(([labels, values]) => [labels, figure(values)]),
    );
  perContainer('vigil_shipper_container_lines_in_total', 'Lines read.', (values) => values.in);
  perContainer('vigil_shipper_container_lines_out_total', 'Lines stored.', (values) => values.out);
  perContainer(
    'vigil_shipper_container_lines_dropped_total',
    'Lines left out because an annotation asks for it.',
    (values) => values.dropped,
  );
  perContainer(
    'vigil_shipper_container_lines_malformed_total',
    'Entries that are not in the format of the file.',
    (values) => values.malformed,
  );
  return `${out.join('\n')}\n`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
