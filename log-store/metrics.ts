import type { Engine } from './engine/engine.ts';

/** Figures of the store in Prometheus' text format. */
export function renderMetrics(engine: Engine): string {
  const lines: string[] = [];
  const family = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: readonly (readonly [string, number])[],
  ) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`${name}${labels} ${value}`);
  };
  const indices = [...engine.indices.values()];
  const perIndex = (figure: (index: (typeof indices)[number]) => number) =>
    indices.map((index) => [`{index="${index.name.replaceAll(/["\\\n]/g, '_')}"}`, figure(index)] as const);
  family('vigil_log_store_documents_indexed_total', 'counter', 'Documents accepted since the start.', [
    ['', engine.counters.indexed],
  ]);
  family('vigil_log_store_documents_conflicting_total', 'counter', 'Documents that were stored before.', [
    ['', engine.counters.conflicts],
  ]);
  family('vigil_log_store_documents_rejected_total', 'counter', 'Documents refused.', [['', engine.counters.rejected]]);
  family('vigil_log_store_documents_expired_total', 'counter', 'Documents dropped by retention.', [
    ['', engine.counters.droppedDocs],
  ]);
  family('vigil_log_store_wal_failures_total', 'counter', 'Bulks refused because the log could not be written.', [
    ['', engine.counters.walFailures],
  ]);
  family('vigil_log_store_seal_failures_total', 'counter', 'Blocks that could not be written and stayed in memory.', [
    ['', engine.counters.sealFailures],
  ]);
  family(
    'vigil_log_store_quarantined_blocks',
    'gauge',
    'Blocks that are damaged and passed over.',
    perIndex((index) => index.quarantinedBlocks),
  );
  family(
    'vigil_log_store_documents',
    'gauge',
    'Documents kept.',
    perIndex((index) => index.docCount),
  );
  family(
    'vigil_log_store_bytes',
    'gauge',
    'Bytes on disk.',
    perIndex((index) => index.diskBytes),
  );
  return `${lines.join('\n')}\n`;
}
