import type { BlockBuilder } from './block-builder.ts';
import type { Rows } from './rows.ts';
import { decodeRows, encodeRows } from './rows-codec.ts';
import type { TailPool } from './tail.ts';
import { VarintReader, VarintWriter } from './varints.ts';

/** Documents that were added to one builder, one after the other. */
export interface AddedRows {
  readonly builder: BlockBuilder;
  readonly from: number;
  readonly to: number;
}

/** One bulk's changes to one index: documents added and sequence numbers deleted, together or not at all. */
export interface WalEntry {
  readonly indexUuid: string;
  readonly added: readonly Rows[];
  readonly deleted: readonly number[];
}

const writer = new VarintWriter();

/** The entry's bytes in pieces; those of documents share the builders' memory. */
export function encodeWalEntry(
  indexUuid: string,
  added: readonly AddedRows[],
  deleted: readonly number[],
): Uint8Array[] {
  const encoded = added.map(({ builder, from, to }) => encodeRows(builder.rows(), from, to));
  writer.bytes(Buffer.from(indexUuid));
  writer.number(deleted.length);
  for (const seq of deleted) writer.number(seq);
  writer.number(encoded.length);
  for (const { columns, ids, payload } of encoded) {
    writer.bytes(columns);
    writer.number(ids.length);
    writer.number(payload.length);
  }
  return [writer.take(), ...encoded.flatMap(({ ids, payload }) => [ids, payload])];
}

/** The inverse; the documents share the entry's memory. Throws a `RangeError` for other bytes. */
export function decodeWalEntry(bytes: Buffer, pool: TailPool): WalEntry {
  const reader = new VarintReader(bytes);
  const indexUuid = reader.bytes().toString();
  const deleted = Array.from({ length: reader.number() }, () => reader.number());
  const parts = Array.from({ length: reader.number() }, () => ({
    columns: reader.bytes(),
    idsBytes: reader.number(),
    payloadBytes: reader.number(),
  }));
  let at = reader.position;
  const added = parts.map(({ columns, idsBytes, payloadBytes }) => {
    const ids = bytes.subarray(at, at + idsBytes);
    const payload = bytes.subarray(at + idsBytes, at + idsBytes + payloadBytes);
    at += idsBytes + payloadBytes;
    return decodeRows(columns, pool, () => ({ ids, payload }));
  });
  return { indexUuid, added, deleted };
}
