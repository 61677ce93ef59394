import { constants, createInflate, type Inflate } from 'node:zlib';
import { VigilError } from '../../lib/errors.ts';
import { spdyDictionary } from './spdy-dictionary.ts';

/** Names are lower case on the wire; values of one name are joined with NUL there and kept apart here. */
export type SpdyHeaders = ReadonlyMap<string, readonly string[]>;

/** More than any client sends, so that a small compressed block cannot fill the memory. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_HEADERS = 64;
/** A stored block of deflate carries a 16-bit length. */
const MAX_STORED_BYTES = 0xffff;

/** The first value of a header, by its lower-case name. */
export function firstHeader(headers: SpdyHeaders, name: string): string | undefined {
  return headers.get(name)?.[0];
}

/** Lays out a name/value block, uncompressed. */
export function encodeHeaders(headers: SpdyHeaders): Buffer {
  const parts: Buffer[] = [uint32(headers.size)];
  for (const [name, values] of headers) {
    for (const text of [name.toLowerCase(), values.join('\0')]) {
      const bytes = Buffer.from(text, 'utf8');
      parts.push(uint32(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** The inverse of `encodeHeaders`; throws `SPDY_HEADERS_INVALID`. */
export function decodeHeaders(block: Buffer): SpdyHeaders {
  const reader = new BlockReader(block);
  const count = reader.uint32();
  if (count > MAX_HEADERS) throw invalid(`${count} headers, at most ${MAX_HEADERS} are allowed`);
  const headers = new Map<string, readonly string[]>();
  for (let index = 0; index < count; index++) {
    const name = reader.text();
    headers.set(name.toLowerCase(), reader.text().split('\0'));
  }
  return headers;
}

/**
 * Writes header blocks as a valid zlib stream that compresses nothing: our answers carry no headers, so a stored block and the empty block that flushes it
 * are shorter than a compressor's state. One instance for each direction of a connection.
 */
export class HeaderCompressor {
  #started = false;

  compress(headers: SpdyHeaders): Buffer {
    const block = encodeHeaders(headers);
    if (block.length > MAX_STORED_BYTES) throw invalid(`a header block of ${block.length} bytes`);
    const parts: Buffer[] = this.#started ? [] : [Buffer.from([0x78, 0x01])];
    this.#started = true;
    parts.push(storedBlock(block), storedBlock(Buffer.alloc(0)));
    return Buffer.concat(parts);
  }
}

/** Reads the header blocks of one direction of a connection; they share a zlib stream, so they must come in order and one at a time. */
export class HeaderDecompressor {
  readonly #inflate: Inflate = createInflate({ dictionary: spdyDictionary, flush: constants.Z_SYNC_FLUSH });
  #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #failure: Error | undefined;

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#sizeBytes += chunk.length;
      if (this.#sizeBytes <= MAX_HEADER_BYTES) this.#chunks.push(chunk);
      else {
        this.#failure ??= invalid(`more than ${MAX_HEADER_BYTES} bytes of headers`);
        this.#inflate.destroy(this.#failure);
      }
    });
    this.#inflate.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  /** Rejects with `SPDY_HEADERS_INVALID`; the connection is lost then, for both ends no longer agree. */
  async decompress(block: Buffer): Promise<SpdyHeaders> {
    if (this.#failure) throw invalid('the header stream is broken', this.#failure);
    this.#chunks = [];
    this.#sizeBytes = 0;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => reject(invalid('a header block cannot be decompressed', error));
      this.#inflate.once('error', onError);
      this.#inflate.write(block, (error) => {
        this.#inflate.off('error', onError);
        if (error) onError(error);
        else resolve();
      });
    });
    if (this.#failure) throw invalid('the header stream broke', this.#failure);
    return decodeHeaders(Buffer.concat(this.#chunks));
  }

  close(): void {
    this.#inflate.destroy();
  }
}

class BlockReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  uint32(): number {
    if (this.#at + 4 > this.#block.length) throw invalid('a header block ends early');
    const value = this.#block.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  text(): string {
    const length = this.uint32();
    if (this.#at + length > this.#block.length) throw invalid('a header is longer than its block');
    this.#at += length;
    return this.#block.toString('utf8', this.#at - length, this.#at);
  }
}

function storedBlock(content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(content.length, 1);
  head.writeUInt16LE(content.length ^ 0xffff, 3);
  return Buffer.concat([head, content]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

function invalid(message: string, cause?: unknown): VigilError {
  return new VigilError('SPDY_HEADERS_INVALID', 'invalid', `SPDY headers: ${message}`, { cause });
}
