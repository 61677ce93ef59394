import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Ends a stream and waits until its bytes were handed over, or until it is clear that they never will be. */
export async function endStream(stream: Writable): Promise<void> {
  stream.end();
  try {
    await finished(stream, { readable: false });
  } catch {
    // The other side left first.
  }
}
