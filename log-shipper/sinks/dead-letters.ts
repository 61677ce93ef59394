import { dataStreamFields } from '../../lib/log-record.ts';
import type { RefusedItem } from './sink.ts';

const DEAD_LETTER_STREAM = 'logs-vigil.deadletter-default';
/** How much of a refused document is kept as text. */
const MAX_ORIGINAL_BYTES = 16 * 1024;

/** A refused item as a bulk item for the dead-letter stream: nothing but strings, so that it cannot be refused for the same reason. Its id is the refused one's. */
export function deadLetterItem(refused: RefusedItem, nowMs: number, clusterName: string): Buffer {
  const newline = refused.item.indexOf(10);
  const action = JSON.parse(refused.item.toString('utf8', 0, newline)) as {
    create?: { _index?: string; _id?: string };
  };
  const id = action.create?._id ?? '';
  const document = {
    '@timestamp': new Date(nowMs).toISOString(),
    message: `document refused: ${refused.type}: ${refused.reason}`.slice(0, 4_096),
    log: { level: 'error' },
    error: { type: refused.type, message: refused.reason.slice(0, 4_096), code: String(refused.status) },
    event: { original: cut(refused.item.subarray(newline + 1)) },
    vigil: { deadletter: { index: action.create?._index ?? '', id } },
    orchestrator: { type: 'kubernetes', cluster: { name: clusterName } },
    data_stream: dataStreamFields('deadletter'),
  };
  return Buffer.from(
    `{"create":{"_index":"${DEAD_LETTER_STREAM}","_id":${JSON.stringify(id)}}}\n${JSON.stringify(document)}\n`,
  );
}

function cut(document: Buffer): string {
  return document.toString('utf8', 0, Math.min(document.length, MAX_ORIGINAL_BYTES)).trimEnd();
}
