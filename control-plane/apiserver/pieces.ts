import type { Writable } from 'node:stream';

/**
 * What is put together for one write: large enough that its cost is the bytes' own, small enough that the client reads the first while the server encrypts the
 * second, and that short requests go in between.
 */
const PIECE_BYTES = 256 * 1024;
/** One piece is on its way while the next is put together; more would be joined by the socket, which copies them. */
const AHEAD = 2;
/** Pieces that are kept for the next answer. */
const MAX_KEPT = 8;

const kept: Buffer[] = [];

/**
 * Writes the parts of a body, whose length the head has said, in pieces and at the pace of the client; then ends it. Memory for an answer of any size is
 * `AHEAD` pieces.
 */
export function writePieces(raw: Writable, parts: readonly Buffer[]): void {
  let index = 0;
  let offset = 0;
  let hasEnded = false;

  const fill = (piece: Buffer): number => {
    let length = 0;
    for (let part = parts[index]; part && length < piece.length; part = parts[index]) {
      const copied = part.copy(piece, length, offset);
      length += copied;
      offset += copied;
      if (offset < part.length) break;
      index++;
      offset = 0;
    }
    return length;
  };

  const writeNext = () => {
    if (raw.destroyed || hasEnded) return;
    if (index >= parts.length) {
      hasEnded = true;
      raw.end();
      return;
    }
    const piece = kept.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
    const length = fill(piece);
    raw.write(length === piece.length ? piece : piece.subarray(0, length), (error) => {
      // Of a connection that broke it is not known whether the piece is still being read.
      if (error) return;
      if (kept.length < MAX_KEPT) kept.push(piece);
      writeNext();
    });
  };

  for (let ahead = 0; ahead < AHEAD; ahead++) writeNext();
}
