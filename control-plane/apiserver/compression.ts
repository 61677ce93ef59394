import type { IncomingHttpHeaders } from 'node:http';
import { constants, gzip } from 'node:zlib';

/** Upstream's threshold: smaller answers gain too little. */
const MIN_BYTES = 128 * 1024;
/** Lists are so repetitive that the fastest level already makes them ten times smaller. */
const LEVEL = constants.Z_BEST_SPEED;

/** Whether an answer is worth compressing: it is large, the client takes it, and there is a network between. */
export function isWorthCompressing(
  headers: IncomingHttpHeaders,
  bytes: number,
  remoteAddress: string | undefined,
): boolean {
  if (bytes < MIN_BYTES || !/\bgzip\b/.test([headers['accept-encoding'] ?? ''].join(','))) return false;
  return !(
    remoteAddress === undefined ||
    remoteAddress === '::1' ||
    remoteAddress.replace('::ffff:', '').startsWith('127.')
  );
}

/** Off the event loop's thread. */
export function compress(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: LEVEL }, (error, compressed) => (error ? reject(error) : resolve(compressed)));
  });
}
