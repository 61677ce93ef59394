import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';
import type { Compression } from '../../../lib/config/log-shipper.ts';

const gzipped = promisify(gzip) as (body: Buffer, options: object) => Promise<Buffer>;
const zstdCompressed = promisify(zstdCompress) as (body: Buffer, options: object) => Promise<Buffer>;

/** The body as it goes over the wire. Lowest levels: log lines repeat themselves so much that higher ones cost more than they save. Works off the main thread. */
export function compress(body: Buffer, compression: Compression): Buffer | Promise<Buffer> {
  switch (compression) {
    case 'none':
      return body;
    case 'gzip':
      return gzipped(body, { level: 1 });
    case 'zstd':
      return zstdCompressed(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  }
}
