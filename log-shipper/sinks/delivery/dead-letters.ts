import { dataStreamFields } from '../../../lib/log-record.ts';
import { Batch } from '../../buffer/batch.ts';
import type { RefusedItem } from '../sink.ts';

const DEAD_LETTER_STREAM = 'logs-vigil.deadletters-default';
/** Originals up to this size are kept whole at first. */
const MAX_WHOLE_BYTES = 1024 * 1024;
/** How much of an original is kept when the whole of it is too much. */
const CUT_BYTES = 16 * 1024;
const MAX_REASON_CHARACTERS = 4_096;

/**
 * A refused item as a bulk item for the dead-letter stream: nothing but strings, so that it cannot be refused for the same reason. Its id is the refused one's, so
 * that a repetition is stored once. The original is whole unless it is very large or was refused for its size, or `cut` asks for less.
 */
export function deadLetterItem(refused: RefusedItem, nowMs: number, clusterName: string, cut: boolean): Buffer {
  const newline = refused.item.indexOf(10);
  const action = JSON.parse(refused.item.toString('utf8', 0, newline)) as {
    create?: { _index?: string; _id?: string };
  };
  const id = action.create?._id ?? '';
  const original = refused.item.subarray(newline + 1, refused.item.length - 1);
  const isWhole = !cut && refused.status !== 413 && original.length <= MAX_WHOLE_BYTES;
  const document = {
    '@timestamp': new Date(nowMs).toISOString(),
    message: `document refused: ${refused.type}: ${refused.reason}`.slice(0, MAX_REASON_CHARACTERS),
    log: { level: 'error' },
    error: {
      type: refused.type,
      message: refused.reason.slice(0, MAX_REASON_CHARACTERS),
      code: String(refused.status),
    },
    event: { original: original.toString('utf8', 0, isWhole ? original.length : CUT_BYTES) },
    vigil: {
      deadletter: { index: action.create?._index ?? '', id, original_bytes: String(original.length) },
    },
    orchestrator: { type: 'kubernetes', cluster: { name: clusterName } },
    data_stream: dataStreamFields('deadletters'),
  };
  return Buffer.from(
    `{"create":{"_index":"${DEAD_LETTER_STREAM}","_id":${JSON.stringify(id)}}}\n${JSON.stringify(document)}\n`,
  );
}

/** A batch of dead letters. */
export function deadLetterBatch(
  refused: readonly RefusedItem[],
  nowMs: number,
  clusterName: string,
  cut: boolean,
): Batch {
  const letters = new Batch();
  for (const item of refused) {
    const letter = deadLetterItem(item, nowMs, clusterName, cut);
    letters.beginItem(letter.length);
    letters.length += letter.copy(letters.bytes, letters.length);
  }
  return letters;
}
