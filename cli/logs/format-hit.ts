import type { LogHit } from '../../lib/log-query.ts';

export const hitOutputs = ['text', 'ndjson', 'csv', 'raw'] as const;
export type HitOutput = (typeof hitOutputs)[number];

const csvColumns = ['time', 'namespace', 'pod', 'container', 'node', 'stream', 'level', 'message'] as const;

/** A hit on one line, or the line before all hits. */
export function formatHit(hit: LogHit | 'header', output: HitOutput): string {
  if (hit === 'header') return csvColumns.join(',');
  switch (output) {
    case 'ndjson':
      return JSON.stringify(hit);
    case 'raw':
      return hit.message;
    case 'csv':
      return csvColumns.map((column) => csvCell(hit[column] ?? '')).join(',');
    case 'text':
      return [hit.time, originOf(hit), ...(hit.level === undefined ? [] : [hit.level.toUpperCase()]), hit.message].join(
        '  ',
      );
  }
}

function originOf(hit: LogHit): string {
  const name = hit.pod || (hit.workload ? `${hit.workload.kind}/${hit.workload.name}` : hit.node);
  return [hit.namespace, name].filter((part) => part !== '').join('/');
}

/** RFC 4180. A cell that a spreadsheet would take for a formula begins with a quotation mark instead: lines are written by strangers. */
function csvCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
