import { BLOOM_PROBES, bloomFill, foldBloom, probeBit } from './bloom.ts';

/** A segment's blooms are folded while this share of bits or less is set afterwards: about 0.2 % false positives at six probes. */
const MAX_FILL = 0.35;
const MIN_BLOOM_BYTES = 128;

/** Terms a document must have: all of the groups, and of each group at least one. */
export type TermGroups = readonly (readonly number[])[];

/**
 * The blooms of a segment's blocks, turned: row `b` holds bit `b` of every block, so that asking all blocks for a term reads six short rows instead of one
 * filter a block.
 */
export interface BloomRows {
  /** Bits per block, a power of two. */
  readonly bits: number;
  readonly rowBytes: number;
  readonly rows: Buffer;
}

export function turnBlooms(blooms: readonly Uint8Array[]): BloomRows {
  let folded = blooms;
  while ((folded[0]?.length ?? 0) > MIN_BLOOM_BYTES) {
    const next = folded.map(foldBloom);
    if (next.reduce((sum, bloom) => sum + bloomFill(bloom), 0) / next.length > MAX_FILL) break;
    folded = next;
  }
  const bits = (folded[0]?.length ?? 0) * 8;
  const rowBytes = Math.ceil(folded.length / 8);
  const rows = Buffer.alloc(bits * rowBytes);
  folded.forEach((bloom, block) => {
    const column = block >>> 3;
    const mask = 1 << (block & 7);
    for (let at = 0; at < bloom.length; at++) {
      let byte = bloom[at] ?? 0;
      for (let bit = at * 8; byte !== 0; bit++, byte >>>= 1) {
        if (byte & 1) {
          const to = bit * rowBytes + column;
          rows[to] = (rows[to] ?? 0) | mask;
        }
      }
    }
  });
  return { bits, rowBytes, rows };
}

/** Which blocks may have documents with all groups: one bit a block. `readRow` returns a row's bytes. */
export function blocksWithTerms(
  groups: TermGroups,
  bits: number,
  rowBytes: number,
  readRow: (bit: number) => Uint8Array,
): Uint8Array {
  const all = new Uint8Array(rowBytes).fill(255);
  const some = new Uint8Array(rowBytes);
  const one = new Uint8Array(rowBytes);
  for (const group of groups) {
    some.fill(0);
    for (const term of group) {
      one.fill(255);
      for (let probe = 0; probe < BLOOM_PROBES; probe++) {
        const row = readRow(probeBit(term, probe) & (bits - 1));
        for (let at = 0; at < rowBytes; at++) one[at] = (one[at] ?? 0) & (row[at] ?? 0);
      }
      for (let at = 0; at < rowBytes; at++) some[at] = (some[at] ?? 0) | (one[at] ?? 0);
    }
    for (let at = 0; at < rowBytes; at++) all[at] = (all[at] ?? 0) & (some[at] ?? 0);
  }
  return all;
}
