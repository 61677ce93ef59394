import {
  closeSync,
  fsyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { BLOCK_HEADER_BYTES, BLOCK_MAGIC, blockBytes, decodeBlock, encodeBlock, readBlockHeader } from './block.ts';
import type { BlockBuilder } from './block-builder.ts';
import { blocksWithTerms, turnBlooms, type TermGroups } from './bloom-rows.ts';
import { bloomMayHave } from './bloom.ts';
import type { RollupEntry } from './rollup.ts';
import type { Rows } from './rows.ts';
import type { TailPool } from './tail.ts';
import { syncDirectory } from './wal.ts';

/** A segment is finished at either bound: then its blooms are turned and it never changes again. */
export const SEGMENT_RAW_BYTES = 64 * 1024 * 1024;
export const SEGMENT_BLOCKS = 512;
const INDEX_MAGIC = 0x31494c56;
const INDEX_HEADER_BYTES = 24;
const INDEX_PIECE_BYTES = 64 * 1024;

/** Where a block is and what it may hold. */
export interface BlockRef {
  readonly offset: number;
  readonly bytes: number;
  readonly rawBytes: number;
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly minSeq: number;
  readonly maxSeq: number;
  /** `undefined` when the block has to be opened to count. */
  readonly rollups?: readonly RollupEntry[] | undefined;
}

interface IndexFile {
  readonly version: 2;
  readonly blocks: readonly BlockRef[];
  readonly idBounds: readonly (readonly [string, number])[];
}

/** A block that cannot be read any more: its bytes are not those that were written. */
export interface Damage {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A segment on its way to another thread. Blooms are in shared memory. */
export interface SharedSegment {
  readonly path: string;
  readonly number: number;
  readonly quarantined: readonly number[];
  readonly unfinished?: { readonly blocks: readonly BlockRef[]; readonly blooms: readonly Uint8Array[] };
}

/** Blocks of one index in one file, in the order they were made. It grows until `finish`; its file is append-only. */
export class Segment {
  readonly path: string;
  readonly number: number;
  readonly blocks: BlockRef[] = [];
  /** Highest number per id prefix (see `IdSequences`). */
  readonly idBounds = new Map<string, number>();
  rawBytes = 0;
  diskBytes = 0;
  docCount = 0;
  minMs = Infinity;
  maxMs = -Infinity;
  maxSeq = -1;
  finished = false;
  removed = false;
  /** Offsets of damaged blocks, which are passed over. They stay in the file for who wants to look at them, and are listed beside it. */
  readonly quarantined = new Set<number>();
  readonly #pool: TailPool;
  readonly #damaged: (damage: Damage) => void;
  #fd: number;
  #indexFd = -1;
  #blooms: Uint8Array[] = [];
  #bits = 0;
  #rowBytes = 0;
  #rowsAt = 0;

  private constructor(path: string, number: number, pool: TailPool, damaged: (damage: Damage) => void, fd: number) {
    this.path = path;
    this.number = number;
    this.#pool = pool;
    this.#damaged = damaged;
    this.#fd = fd;
  }

  static create(path: string, number: number, pool: TailPool, damaged: (damage: Damage) => void): Segment {
    return new Segment(path, number, pool, damaged, openSync(path, 'wx+', 0o600));
  }

  /**
   * Opens what is on disk. A finished segment is read from its index file; otherwise every whole block is handed to `rebuild`, which makes its builder again,
   * and a torn end is cut off. `damaged` hears of blocks whose bytes are damaged, now or when they are read later; they are left out and the rest stays readable.
   */
  static open(
    path: string,
    number: number,
    pool: TailPool,
    damaged: (damage: Damage) => void,
    rebuild: (rows: Rows) => BlockBuilder,
  ): Segment {
    const segment = new Segment(path, number, pool, damaged, openSync(path, 'r+'));
    for (const offset of readQuarantine(path)) segment.quarantined.add(offset);
    if (!segment.#loadIndex()) segment.#scan(rebuild);
    return segment;
  }

  /** A segment as another thread shares it, to be read only. Throws when its files are gone. */
  static openShared(shared: SharedSegment, pool: TailPool, damaged: (damage: Damage) => void): Segment {
    const segment = new Segment(shared.path, shared.number, pool, damaged, openSync(shared.path, 'r'));
    for (const offset of shared.quarantined) segment.quarantined.add(offset);
    if (shared.unfinished) {
      for (const ref of shared.unfinished.blocks) segment.#noteRef(ref);
      segment.#blooms = [...shared.unfinished.blooms];
    } else if (!segment.#loadIndex()) {
      segment.close();
      throw new Error(`the index file of ${shared.path} cannot be read`);
    }
    return segment;
  }

  /** What another thread needs to read it: everything that is not in its files yet. */
  share(): SharedSegment {
    const { path, number } = this;
    const quarantined = [...this.quarantined];
    if (this.finished) return { path, number, quarantined };
    return { path, number, quarantined, unfinished: { blocks: [...this.blocks], blooms: [...this.#blooms] } };
  }

  append(builder: BlockBuilder): void {
    const block = encodeBlock(builder.rows());
    const offset = this.diskBytes;
    for (let at = 0; at < block.length;) at += writeSync(this.#fd, block, at, block.length - at, offset + at);
    this.#note(block, offset, builder);
  }

  /** Everything appended so far survives a power cut afterwards. */
  sync(): void {
    if (!this.finished) fsyncSync(this.#fd);
  }

  /** Writes the index file; the segment never changes again. */
  finish(): void {
    if (this.finished || this.blocks.length === 0) return;
    fsyncSync(this.#fd);
    const turned = turnBlooms(this.#blooms);
    const json = Buffer.from(
      JSON.stringify({ version: 2, blocks: this.blocks, idBounds: [...this.idBounds] } satisfies IndexFile),
    );
    const header = Buffer.alloc(INDEX_HEADER_BYTES);
    header.writeUInt32LE(INDEX_MAGIC, 0);
    header.writeUInt32LE(json.length, 8);
    header.writeUInt32LE(turned.bits, 12);
    header.writeUInt32LE(turned.rowBytes, 16);
    header.writeUInt32LE(crc32(turned.rows, crc32(json, crc32(header.subarray(8)))), 4);
    const indexPath = `${this.path}.idx`;
    const aside = `${indexPath}.tmp`;
    const fd = openSync(aside, 'w', 0o600);
    try {
      writeFileSync(fd, Buffer.concat([header, json, turned.rows]));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(aside, indexPath);
    syncDirectory(indexPath.slice(0, indexPath.lastIndexOf('/')));
    this.#useIndex(openSync(indexPath, 'r'), turned.bits, turned.rowBytes, INDEX_HEADER_BYTES + json.length);
  }

  /** Numbers of the blocks that may hold documents with these terms and times. */
  candidates(groups: TermGroups, fromMs: number, toMs: number): number[] {
    const found: number[] = [];
    if (this.removed || this.minMs > toMs || this.maxMs < fromMs) return found;
    const allowed = groups.length > 0 && this.finished ? this.#askRows(groups) : undefined;
    for (let n = 0; n < this.blocks.length; n++) {
      const block = this.blocks[n];
      if (!block || block.minMs > toMs || block.maxMs < fromMs || this.quarantined.has(block.offset)) continue;
      if (allowed) {
        if (((allowed[n >>> 3] ?? 0) & (1 << (n & 7))) === 0) continue;
      } else if (groups.length > 0) {
        const bloom = this.#blooms[n];
        if (bloom && !groups.every((group) => group.some((term) => bloomMayHave(bloom, term)))) continue;
      }
      found.push(n);
    }
    return found;
  }

  /** `undefined` when the segment is gone or the block is damaged. */
  readBlock(n: number): Rows | undefined {
    const ref = this.blocks[n];
    if (!ref || this.removed || this.quarantined.has(ref.offset)) return undefined;
    const bytes = Buffer.allocUnsafe(ref.bytes);
    const isWhole = readSync(this.#fd, bytes, 0, ref.bytes, ref.offset) === ref.bytes;
    const rows = isWhole ? decodeBlock(bytes, this.#pool) : undefined;
    if (!rows) this.quarantine(ref);
    return rows;
  }

  /** Passes a block over from now on, also after a restart, and tells of it. */
  quarantine({ offset, bytes }: { readonly offset: number; readonly bytes: number }): void {
    if (this.quarantined.has(offset)) return;
    this.quarantined.add(offset);
    this.#damaged({ path: this.path, offset, bytes });
  }

  /** Remembers what is quarantined. */
  saveQuarantine(): void {
    writeFileSync(quarantinePath(this.path), JSON.stringify([...this.quarantined]), { mode: 0o600 });
  }

  /** Documents that can be read. */
  get readableDocs(): number {
    if (this.quarantined.size === 0) return this.docCount;
    const lost = this.blocks.filter(({ offset }) => this.quarantined.has(offset));
    return lost.reduce((left, { count }) => left - count, this.docCount);
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    if (this.#indexFd >= 0) closeSync(this.#indexFd);
    this.#fd = -1;
    this.#indexFd = -1;
  }

  remove(): void {
    if (this.removed) return;
    this.removed = true;
    this.close();
    rmSync(`${this.path}.idx`, { force: true });
    rmSync(quarantinePath(this.path), { force: true });
    rmSync(`${this.path}.namespaces`, { force: true });
    rmSync(this.path, { force: true });
  }

  #askRows(groups: TermGroups): Uint8Array {
    const row = Buffer.allocUnsafe(this.#rowBytes);
    return blocksWithTerms(groups, this.#bits, this.#rowBytes, (bit) => {
      readSync(this.#indexFd, row, 0, this.#rowBytes, this.#rowsAt + bit * this.#rowBytes);
      return row;
    });
  }

  #note(block: Buffer, offset: number, builder: BlockBuilder): void {
    const header = readBlockHeader(block);
    if (!header) throw new Error('a block that was just made has no header');
    this.#noteRef({
      offset,
      bytes: block.length,
      rawBytes: header.columnsRawBytes + header.heapRawBytes,
      count: header.count,
      minMs: header.minMs,
      maxMs: header.maxMs,
      minSeq: header.minSeq,
      maxSeq: header.maxSeq,
      rollups: builder.rollup.entries(),
    });
    this.#blooms.push(builder.bloom);
    for (const [prefix, highest] of builder.idBounds()) {
      if (highest > (this.idBounds.get(prefix) ?? -1)) this.idBounds.set(prefix, highest);
    }
  }

  #noteRef(ref: BlockRef): void {
    this.blocks.push(ref);
    this.rawBytes += ref.rawBytes;
    this.docCount += ref.count;
    this.diskBytes = Math.max(this.diskBytes, ref.offset + ref.bytes);
    this.minMs = Math.min(this.minMs, ref.minMs);
    this.maxMs = Math.max(this.maxMs, ref.maxMs);
    this.maxSeq = Math.max(this.maxSeq, ref.maxSeq);
  }

  #useIndex(fd: number, bits: number, rowBytes: number, rowsAt: number): void {
    this.#indexFd = fd;
    this.#bits = bits;
    this.#rowBytes = rowBytes;
    this.#rowsAt = rowsAt;
    this.#blooms = [];
    this.finished = true;
    this.diskBytes = fstatSync(this.#fd).size + fstatSync(fd).size;
  }

  #loadIndex(): boolean {
    let fd: number;
    try {
      fd = openSync(`${this.path}.idx`, 'r');
    } catch {
      return false;
    }
    const read = readIndexFile(fd);
    if (!read) {
      closeSync(fd);
      return false;
    }
    for (const ref of read.index.blocks) this.#noteRef(ref);
    for (const [prefix, highest] of read.index.idBounds) this.idBounds.set(prefix, highest);
    this.#useIndex(fd, read.bits, read.rowBytes, read.rowsAt);
    return true;
  }

  #scan(rebuild: (rows: Rows) => BlockBuilder): void {
    const size = fstatSync(this.#fd).size;
    let offset = 0;
    while (offset < size) {
      const block = this.#wholeBlockAt(offset, size);
      const rows = block && decodeBlock(block, this.#pool);
      if (block && rows) {
        this.#note(block, offset, rebuild(rows));
        offset += block.length;
        continue;
      }
      const next = block ? offset + block.length : this.#nextBlockAfter(offset, size);
      // Nothing readable behind it: the end was torn by a crash, and the log still has it.
      if (next === undefined || (block && next >= size)) break;
      this.quarantine({ offset, bytes: next - offset });
      offset = next;
    }
    if (offset < size) ftruncateSync(this.#fd, offset);
    this.diskBytes = offset;
  }

  /** The bytes of the block whose header is there, damaged or not. */
  #wholeBlockAt(offset: number, size: number): Buffer | undefined {
    const head = Buffer.alloc(BLOCK_HEADER_BYTES);
    readSync(this.#fd, head, 0, BLOCK_HEADER_BYTES, offset);
    const header = readBlockHeader(head);
    const length = header ? blockBytes(header) : 0;
    if (!header || offset + length > size) return undefined;
    const block = Buffer.allocUnsafe(length);
    readSync(this.#fd, block, 0, length, offset);
    return block;
  }

  /** Where the next block begins that can be read, behind one whose header is damaged. */
  #nextBlockAfter(offset: number, size: number): number | undefined {
    const rest = Buffer.allocUnsafe(size - offset);
    readSync(this.#fd, rest, 0, rest.length, offset);
    for (let at = rest.indexOf(BLOCK_MAGIC, 1); at >= 0; at = rest.indexOf(BLOCK_MAGIC, at + 1)) {
      const block = this.#wholeBlockAt(offset + at, size);
      if (block && decodeBlock(block, this.#pool)) return offset + at;
    }
    return undefined;
  }
}

/** What stands before the blooms of an index file; `undefined` when anything in the file is not as it was written. */
function readIndexFile(
  fd: number,
):
  | { readonly index: IndexFile; readonly bits: number; readonly rowBytes: number; readonly rowsAt: number }
  | undefined {
  const sizeBytes = fstatSync(fd).size;
  const header = Buffer.alloc(INDEX_HEADER_BYTES);
  if (readSync(fd, header, 0, INDEX_HEADER_BYTES, 0) !== INDEX_HEADER_BYTES) return undefined;
  if (header.readUInt32LE(0) !== INDEX_MAGIC) return undefined;
  const rowsAt = INDEX_HEADER_BYTES + header.readUInt32LE(8);
  if (rowsAt > sizeBytes) return undefined;
  const json = Buffer.allocUnsafeSlow(rowsAt - INDEX_HEADER_BYTES);
  if (readSync(fd, json, 0, json.length, INDEX_HEADER_BYTES) !== json.length) return undefined;
  let crc = crc32(json, crc32(header.subarray(8)));
  // The blooms are megabytes and only looked at: one piece of memory is enough for all of them.
  const piece = Buffer.allocUnsafeSlow(Math.min(INDEX_PIECE_BYTES, sizeBytes - rowsAt));
  for (let at = rowsAt; at < sizeBytes;) {
    const bytes = readSync(fd, piece, 0, Math.min(piece.length, sizeBytes - at), at);
    if (bytes === 0) return undefined;
    crc = crc32(piece.subarray(0, bytes), crc);
    at += bytes;
  }
  if (crc !== header.readUInt32LE(4)) return undefined;
  const index = JSON.parse(json.toString('utf8')) as IndexFile;
  return { index, bits: header.readUInt32LE(12), rowBytes: header.readUInt32LE(16), rowsAt };
}

function quarantinePath(path: string): string {
  return `${path}.bad`;
}

function readQuarantine(path: string): readonly number[] {
  try {
    return JSON.parse(readFileSync(quarantinePath(path), 'utf8')) as number[];
  } catch {
    // There is none, or it is damaged too: what cannot be read is found again.
    return [];
  }
}
