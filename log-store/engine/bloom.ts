/**
 * A Bloom filter over term hashes. Its size is a power of two, so that a filter made large can be folded to half by OR-ing its halves: every block starts with
 * the same size and a segment keeps the smallest that is still selective.
 */

/** Size in bits that blocks start with: 256 KiB of messages hold up to about 10,000 terms, 13 bits each. */
const BLOOM_BITS = 131_072;
/** Bits set and asked per term. */
export const BLOOM_PROBES = 6;

/** An empty filter, in memory that threads can share. */
export function newBloom(): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(BLOOM_BITS / 8));
}

/** FNV-1a over UTF-16 units, finished by an avalanche step; `seed` is the field's own hash, so equal words in two fields are two terms. */
export function hashText(text: string, seed = 0x811c9dc5, start = 0, end = text.length): number {
  let hash = seed | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return hash >>> 0;
}

/** The position of probe number `probe` of a term: double hashing from one 32-bit hash. */
export function probeBit(hash: number, probe: number): number {
  const step = (Math.imul(hash, 0x9e3779b1) >>> 7) | 1;
  return (hash + Math.imul(probe, step)) >>> 0;
}

export function bloomAdd(bloom: Uint8Array, hash: number): void {
  const mask = bloom.length * 8 - 1;
  for (let probe = 0; probe < BLOOM_PROBES; probe++) {
    const bit = probeBit(hash, probe) & mask;
    bloom[bit >>> 3] = (bloom[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
}

export function bloomMayHave(bloom: Uint8Array, hash: number): boolean {
  const mask = bloom.length * 8 - 1;
  for (let probe = 0; probe < BLOOM_PROBES; probe++) {
    const bit = probeBit(hash, probe) & mask;
    if (((bloom[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Half the size, still without false negatives. */
export function foldBloom(bloom: Uint8Array): Uint8Array {
  const half = bloom.length / 2;
  const folded = new Uint8Array(half);
  for (let at = 0; at < half; at++) folded[at] = (bloom[at] ?? 0) | (bloom[at + half] ?? 0);
  return folded;
}

/** Share of bits set, 0–1. */
export function bloomFill(bloom: Uint8Array): number {
  let bits = 0;
  for (const byte of bloom) bits += popcount[byte] ?? 0;
  return bits / (bloom.length * 8);
}

const popcount = new Uint8Array(256);
for (let byte = 1; byte < 256; byte++) popcount[byte] = (byte & 1) + (popcount[byte >> 1] ?? 0);
