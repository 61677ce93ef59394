import { crc32, zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';

/**
 * A block: about 256 KiB of documents of one index, compressed together. Everything a reader needs beside the documents (bloom, rollups) can be made again from
 * them, so a segment whose index file is missing is still readable.
 *
 *     header, 64 bytes    magic, CRC-32 of all that follows it, lengths, count, bounds of sequence number and time
 *     zstd of             columns: time in ms (f64 each), nanoseconds below (u32), sequence number above the least (u32), source length (u32), id length (u16);
 *                         then all ids, then all sources
 */
export const BLOCK_HEADER_BYTES = 64;
/** Uncompressed size at which a block is closed. */
export const BLOCK_RAW_BYTES = 256 * 1024;
const MAGIC = 0x31424c56;
const DOC_COLUMN_BYTES = 8 + 4 + 4 + 4 + 2;
/** A header that claims more is not one: the largest document is 100 MB, blocks hold at least one. */
const MAX_BLOCK_BYTES = 512 * 1024 * 1024;

/** A document as it is stored: `source` is the JSON exactly as it came. */
export interface StoredDoc {
  /** Number of the document within its index, increasing by one. */
  readonly seq: number;
  readonly id: string;
  /** `@timestamp`, or the time of arrival for documents without: whole milliseconds and nanoseconds below. */
  readonly ms: number;
  readonly subNs: number;
  readonly source: Buffer;
}

export interface BlockHeader {
  readonly crc: number;
  readonly compressedBytes: number;
  readonly rawBytes: number;
  readonly count: number;
  readonly minSeq: number;
  readonly maxSeq: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export function encodeBlock(docs: readonly StoredDoc[]): Buffer {
  const first = docs[0];
  if (!first) throw new RangeError('a block holds at least one document');
  let minSeq = first.seq;
  let maxSeq = first.seq;
  let minMs = first.ms;
  let maxMs = first.ms;
  let idBytes = 0;
  let sourceBytes = 0;
  const ids: Buffer[] = [];
  for (const doc of docs) {
    if (doc.seq < minSeq) minSeq = doc.seq;
    if (doc.seq > maxSeq) maxSeq = doc.seq;
    if (doc.ms < minMs) minMs = doc.ms;
    if (doc.ms > maxMs) maxMs = doc.ms;
    const id = Buffer.from(doc.id);
    ids.push(id);
    idBytes += id.length;
    sourceBytes += doc.source.length;
  }
  const count = docs.length;
  const raw = Buffer.allocUnsafe(count * DOC_COLUMN_BYTES + idBytes + sourceBytes);
  let idAt = count * DOC_COLUMN_BYTES;
  let sourceAt = idAt + idBytes;
  for (let n = 0; n < count; n++) {
    const doc = docs[n];
    const id = ids[n];
    if (!doc || !id) break;
    raw.writeDoubleLE(doc.ms, n * 8);
    raw.writeUInt32LE(doc.subNs, count * 8 + n * 4);
    raw.writeUInt32LE(doc.seq - minSeq, count * 12 + n * 4);
    raw.writeUInt32LE(doc.source.length, count * 16 + n * 4);
    raw.writeUInt16LE(id.length, count * 20 + n * 2);
    id.copy(raw, idAt);
    idAt += id.length;
    doc.source.copy(raw, sourceAt);
    sourceAt += doc.source.length;
  }
  const compressed = zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const block = Buffer.allocUnsafe(BLOCK_HEADER_BYTES + compressed.length);
  block.fill(0, 0, BLOCK_HEADER_BYTES);
  block.writeUInt32LE(MAGIC, 0);
  block.writeUInt32LE(compressed.length, 8);
  block.writeUInt32LE(raw.length, 12);
  block.writeUInt32LE(count, 16);
  block.writeDoubleLE(minSeq, 24);
  block.writeDoubleLE(maxSeq, 32);
  block.writeDoubleLE(minMs, 40);
  block.writeDoubleLE(maxMs, 48);
  compressed.copy(block, BLOCK_HEADER_BYTES);
  block.writeUInt32LE(crc32(block.subarray(8)), 4);
  return block;
}

/** The header at the start of `bytes`; `undefined` when there is none (torn or foreign bytes). The CRC is not checked. */
export function readBlockHeader(bytes: Buffer): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  const header = {
    crc: bytes.readUInt32LE(4),
    compressedBytes: bytes.readUInt32LE(8),
    rawBytes: bytes.readUInt32LE(12),
    count: bytes.readUInt32LE(16),
    minSeq: bytes.readDoubleLE(24),
    maxSeq: bytes.readDoubleLE(32),
    minMs: bytes.readDoubleLE(40),
    maxMs: bytes.readDoubleLE(48),
  };
  if (header.compressedBytes > MAX_BLOCK_BYTES || header.rawBytes > MAX_BLOCK_BYTES || header.count === 0)
    return undefined;
  return header;
}

/** A decoded block: columns first, strings only when asked for. */
export class DecodedBlock {
  readonly count: number;
  readonly bytes: number;
  readonly #raw: Buffer;
  readonly #minSeq: number;
  readonly #idStarts: Uint32Array;
  readonly #sourceStarts: Uint32Array;

  constructor(raw: Buffer, count: number, minSeq: number) {
    this.count = count;
    this.bytes = raw.length + count * 8;
    this.#raw = raw;
    this.#minSeq = minSeq;
    this.#idStarts = new Uint32Array(count + 1);
    this.#sourceStarts = new Uint32Array(count + 1);
    let idAt = count * DOC_COLUMN_BYTES;
    for (let n = 0; n < count; n++) {
      this.#idStarts[n] = idAt;
      idAt += raw.readUInt16LE(count * 20 + n * 2);
    }
    this.#idStarts[count] = idAt;
    let sourceAt = idAt;
    for (let n = 0; n < count; n++) {
      this.#sourceStarts[n] = sourceAt;
      sourceAt += raw.readUInt32LE(count * 16 + n * 4);
    }
    this.#sourceStarts[count] = sourceAt;
    if (sourceAt !== raw.length) throw new RangeError('block lengths do not add up');
  }

  ms(n: number): number {
    return this.#raw.readDoubleLE(n * 8);
  }

  subNs(n: number): number {
    return this.#raw.readUInt32LE(this.count * 8 + n * 4);
  }

  seq(n: number): number {
    return this.#minSeq + this.#raw.readUInt32LE(this.count * 12 + n * 4);
  }

  id(n: number): string {
    return this.#raw.toString('utf8', this.#idStarts[n], this.#idStarts[n + 1]);
  }

  source(n: number): Buffer {
    return this.#raw.subarray(this.#sourceStarts[n], this.#sourceStarts[n + 1]);
  }
}

/** Decodes a whole block; `undefined` when its CRC or its inner lengths do not match. */
export function decodeBlock(bytes: Buffer): DecodedBlock | undefined {
  const header = readBlockHeader(bytes);
  if (!header || bytes.length !== BLOCK_HEADER_BYTES + header.compressedBytes) return undefined;
  if (crc32(bytes.subarray(8)) !== header.crc) return undefined;
  try {
    const raw = zstdDecompressSync(bytes.subarray(BLOCK_HEADER_BYTES), { maxOutputLength: header.rawBytes + 1 });
    return raw.length === header.rawBytes ? new DecodedBlock(raw, header.count, header.minSeq) : undefined;
  } catch {
    return undefined;
  }
}
