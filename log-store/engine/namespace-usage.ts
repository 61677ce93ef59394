import { readFileSync, writeFileSync } from 'node:fs';
import { logFields } from '../../lib/log-record.ts';
import { DocView } from '../query/doc-view.ts';
import type { NamespaceUsage } from './namespace-retention.ts';
import type { Segment } from './segment.ts';

/** Beside a finished segment: what of it belongs to which namespace. Made when it is first asked for; without it, it is made again. */
export function usagePath(segmentPath: string): string {
  return `${segmentPath}.namespaces`;
}

export function namespaceOf(doc: DocView): string {
  const [namespace] = doc.values(logFields.namespace);
  return typeof namespace === 'string' ? namespace : '';
}

/** Counts a finished segment's bytes by namespace, a block between two turns. */
export async function measureUsage(segment: Segment, turn: () => Promise<void>): Promise<NamespaceUsage> {
  const known = readUsage(segment.path);
  if (known) return known;
  const raw = new Map<string, number>();
  let all = 0;
  for (let n = 0; n < segment.blocks.length; n++) {
    const rows = segment.readBlock(n);
    if (!rows) continue;
    const doc = new DocView('', rows, 0);
    for (let at = 0; at < rows.count; at++) {
      doc.moveTo(rows, at);
      const bytes = rows.payloadEnd(at) - rows.payloadStart(at) + 1;
      all += bytes;
      const namespace = namespaceOf(doc);
      raw.set(namespace, (raw.get(namespace) ?? 0) + bytes);
    }
    await turn();
  }
  const share = segment.diskBytes / Math.max(1, all);
  const usage = new Map([...raw].map(([namespace, bytes]) => [namespace, Math.ceil(bytes * share)]));
  if (!segment.removed) writeFileSync(usagePath(segment.path), JSON.stringify([...usage]), { mode: 0o600 });
  return usage;
}

function readUsage(segmentPath: string): NamespaceUsage | undefined {
  try {
    return new Map(JSON.parse(readFileSync(usagePath(segmentPath), 'utf8')) as [string, number][]);
  } catch {
    return undefined;
  }
}
