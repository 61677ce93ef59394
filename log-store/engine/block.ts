import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Rows, RowHeap } from './rows.ts';
import { decodeRows, encodeRows } from './rows-codec.ts';
import type { TailPool } from './tail.ts';

/**
 * A block: about 256 KiB of documents of one index. Everything a reader needs beside the documents (bloom, rollups) can be made again from them, so a segment
 * whose index file is missing is still readable.
 *
 *     header, 72 bytes    magic, CRC-32 of all that follows it, lengths, count, bounds of sequence number and time
 *     zstd of             the columns (see `rows-codec.ts`)
 *     zstd of             ids that are no sequence, then messages and other documents
 */
export const BLOCK_HEADER_BYTES = 72;
/** What every block begins with: `VLB2`. */
export const BLOCK_MAGIC = Buffer.from('VLB2');
const MAGIC = BLOCK_MAGIC.readUInt32LE(0);
/** Smallest `chunkSize` that Node takes. */
const MIN_CHUNK_BYTES = 64;
/** A header that claims more is not one: the largest document is 100 MB, blocks hold at least one. */
const MAX_BLOCK_BYTES = 512 * 1024 * 1024;

export interface BlockHeader {
  readonly crc: number;
  readonly columnsBytes: number;
  readonly columnsRawBytes: number;
  readonly heapBytes: number;
  readonly heapRawBytes: number;
  readonly count: number;
  readonly minSeq: number;
  readonly maxSeq: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export function encodeBlock(rows: Rows): Buffer {
  if (rows.count === 0) throw new RangeError('a block holds at least one document');
  const encoded = encodeRows(rows);
  const heap = encoded.ids.length === 0 ? encoded.payload : Buffer.concat([encoded.ids, encoded.payload]);
  const columnsFrame = compress(encoded.columns);
  const heapFrame = compress(heap);
  const { seq, ms } = rows.columns;
  let minMs = ms[0] ?? 0;
  let maxMs = minMs;
  for (let n = 1; n < rows.count; n++) {
    const at = ms[n] ?? 0;
    if (at < minMs) minMs = at;
    if (at > maxMs) maxMs = at;
  }
  const block = Buffer.allocUnsafe(BLOCK_HEADER_BYTES + columnsFrame.length + heapFrame.length);
  block.writeUInt32LE(MAGIC, 0);
  block.writeUInt32LE(columnsFrame.length, 8);
  block.writeUInt32LE(encoded.columns.length, 12);
  block.writeUInt32LE(heapFrame.length, 16);
  block.writeUInt32LE(heap.length, 20);
  block.writeUInt32LE(rows.count, 24);
  block.writeUInt32LE(0, 28);
  // Sequence numbers only grow within a block.
  block.writeDoubleLE(seq[0] ?? 0, 32);
  block.writeDoubleLE(seq[rows.count - 1] ?? 0, 40);
  block.writeDoubleLE(minMs, 48);
  block.writeDoubleLE(maxMs, 56);
  block.writeDoubleLE(0, 64);
  columnsFrame.copy(block, BLOCK_HEADER_BYTES);
  heapFrame.copy(block, BLOCK_HEADER_BYTES + columnsFrame.length);
  block.writeUInt32LE(crc32(block.subarray(8)), 4);
  return block;
}

/** The header at the start of `bytes`; `undefined` when there is none (torn or foreign bytes). The CRC is not checked. */
export function readBlockHeader(bytes: Buffer): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  const header = {
    crc: bytes.readUInt32LE(4),
    columnsBytes: bytes.readUInt32LE(8),
    columnsRawBytes: bytes.readUInt32LE(12),
    heapBytes: bytes.readUInt32LE(16),
    heapRawBytes: bytes.readUInt32LE(20),
    count: bytes.readUInt32LE(24),
    minSeq: bytes.readDoubleLE(32),
    maxSeq: bytes.readDoubleLE(40),
    minMs: bytes.readDoubleLE(48),
    maxMs: bytes.readDoubleLE(56),
  };
  const sizes = [header.columnsBytes, header.columnsRawBytes, header.heapBytes, header.heapRawBytes];
  return sizes.some((size) => size > MAX_BLOCK_BYTES) || header.count === 0 ? undefined : header;
}

/** Length of a whole block. */
export function blockBytes(header: BlockHeader): number {
  return BLOCK_HEADER_BYTES + header.columnsBytes + header.heapBytes;
}

/** The rows of a whole block; `undefined` when its CRC or its inner lengths do not match. Messages are decompressed when one is asked for. */
export function decodeBlock(bytes: Buffer, pool: TailPool): Rows | undefined {
  const header = readBlockHeader(bytes);
  if (!header || bytes.length !== blockBytes(header)) return undefined;
  if (crc32(bytes.subarray(8)) !== header.crc) return undefined;
  const heapAt = BLOCK_HEADER_BYTES + header.columnsBytes;
  try {
    const columns = decompress(bytes.subarray(BLOCK_HEADER_BYTES, heapAt), header.columnsRawBytes);
    const rows = decodeRows(columns, pool, (idsBytes) =>
      openHeap(bytes.subarray(heapAt), header.heapRawBytes, idsBytes),
    );
    return rows.count === header.count ? rows : undefined;
  } catch {
    return undefined;
  }
}

function openHeap(frame: Buffer, rawBytes: number, idsBytes: number): RowHeap {
  const raw = decompress(frame, rawBytes);
  return { ids: raw.subarray(0, idsBytes), payload: raw.subarray(idsBytes) };
}

function compress(raw: Buffer): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: 1 };
  // Saying the size beforehand keeps the compressor from preparing for megabytes.
  return zstdCompressSync(raw, { params, pledgedSrcSize: raw.length });
}

function decompress(frame: Buffer, rawBytes: number): Buffer {
  // All output in one piece: joining many costs as much as decompressing.
  const raw = zstdDecompressSync(frame, {
    maxOutputLength: rawBytes + 1,
    chunkSize: Math.max(MIN_CHUNK_BYTES, rawBytes + 1),
  });
  if (raw.length !== rawBytes) throw new RangeError('a block is shorter than it says');
  return raw;
}
