import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';
import { StoreError } from './engine/store-error.ts';

/** Bodies beyond this are refused, compressed or not, as Elasticsearch's `http.max_content_length`. */
const MAX_BODY_BYTES = 100 * 1024 * 1024;
/** Request bodies held at once; beyond, clients are told to come again. */
const MAX_BODIES_BYTES = 256 * 1024 * 1024;
/** One buffer up to this size is kept between requests: more would only wait. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const MIN_KEPT_BYTES = 64 * 1024;

type Decoder = (body: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>;

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip) as Decoder,
  deflate: promisify(inflate) as Decoder,
  zstd: promisify(zstdDecompress) as Decoder,
};

/** Reads request bodies: bounded one by one and together, decompressed, large ones into memory that is used again. */
export class RequestBodies {
  #bytes = 0;
  #kept: Buffer | undefined;

  /** The whole body; throws a 413, 415, 429 or 400. `release` is called when nobody looks at it any more. */
  async read(request: IncomingMessage): Promise<{ readonly body: Buffer; readonly release: () => void }> {
    const announced = announcedLength(request);
    if (announced !== undefined && announced > MAX_BODY_BYTES) throw tooLarge();
    let memory = this.#take(Math.min(announced ?? MIN_KEPT_BYTES, MAX_KEPT_BYTES));
    let bytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        if (bytes + chunk.length > MAX_BODY_BYTES) throw tooLarge();
        this.#bytes += chunk.length;
        if (bytes + chunk.length > memory.length) memory = grown(memory, bytes, bytes + chunk.length);
        memory.set(chunk, bytes);
        bytes += chunk.length;
        if (this.#bytes > MAX_BODIES_BYTES) {
          throw new StoreError(429, 'circuit_breaking_exception', 'too many large requests at once');
        }
      }
      const body = await decoded(memory.subarray(0, bytes), request.headers['content-encoding']);
      return { body, release: () => this.#give(memory) };
    } finally {
      this.#bytes -= bytes;
    }
  }

  #take(bytes: number): Buffer {
    const kept = this.#kept;
    if (!kept || kept.length < bytes || bytes < MIN_KEPT_BYTES) return Buffer.allocUnsafe(bytes);
    this.#kept = undefined;
    return kept;
  }

  #give(memory: Buffer): void {
    if (memory.length < MIN_KEPT_BYTES || memory.length > MAX_KEPT_BYTES) return;
    if (memory.length > (this.#kept?.length ?? 0)) this.#kept = memory;
  }
}

function announcedLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function grown(memory: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(memory.length * 2, needed));
  memory.copy(larger, 0, 0, used);
  return larger;
}

async function decoded(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body;
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (!decode) {
    throw new StoreError(415, 'illegal_argument_exception', `content encoding [${encoding}] is not supported`);
  }
  return decode(body, { maxOutputLength: MAX_BODY_BYTES }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new StoreError(400, 'illegal_argument_exception', `the body is not valid ${encoding}`);
  });
}

function tooLarge(): StoreError {
  return new StoreError(413, 'content_too_long_exception', `a request body has at most ${MAX_BODY_BYTES} bytes`);
}
