import { constants, createDeflate, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spdyDictionary } from './spdy-dictionary.ts';
import {
  decodeHeaders,
  encodeHeaders,
  HeaderCompressor,
  HeaderDecompressor,
  type SpdyHeaders,
} from './spdy-headers.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const value = fc.string({ maxLength: 40 }).filter((text) => !text.includes('\0'));
const headers: fc.Arbitrary<SpdyHeaders> = fc
  .array(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), { maxLength: 8 })
  .map((entries) => new Map(entries));

/** Compresses as Go's clients do: one zlib stream with the dictionary, flushed after each block. */
async function compressLikeClients(blocks: readonly SpdyHeaders[]): Promise<Buffer[]> {
  const deflate = createDeflate({ dictionary: spdyDictionary, flush: constants.Z_SYNC_FLUSH, level: 9 });
  const out: Buffer[] = [];
  let chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const block of blocks) {
    chunks = [];
    await new Promise<void>((resolve) => deflate.write(encodeHeaders(block), () => resolve()));
    out.push(Buffer.concat(chunks));
  }
  return out;
}

describe('SPDY headers', () => {
  test('the dictionary is the published one', () => {
    expect(spdyDictionary).toHaveLength(1423);
    // A zlib head names the dictionary by its checksum.
    expect(deflateSync('', { dictionary: spdyDictionary }).subarray(2, 6).toString('hex')).toBe('e3c6a7c2');
  });

  test('blocks come out as they went in', () => {
    fc.assert(
      fc.property(headers, (block) => {
        expect(decodeHeaders(encodeHeaders(block))).toEqual(block);
      }),
    );
  });

  test('what clients compress is read, block after block of one stream', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 5 }), async (blocks) => {
        const reader = new HeaderDecompressor();
        for (const [index, compressed] of (await compressLikeClients(blocks)).entries()) {
          expect(await reader.decompress(compressed)).toEqual(blocks[index]);
        }
        reader.close();
      }),
      { numRuns: 30 },
    );
  });

  test('what we write is a zlib stream that can be read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 5 }), async (blocks) => {
        const [writer, reader] = [new HeaderCompressor(), new HeaderDecompressor()];
        for (const block of blocks) expect(await reader.decompress(writer.compress(block))).toEqual(block);
        reader.close();
      }),
      { numRuns: 30 },
    );
  });

  test('a small block that would unpack to much more than headers is refused', async () => {
    const deflate = createDeflate({ dictionary: spdyDictionary, flush: constants.Z_SYNC_FLUSH });
    const chunks: Buffer[] = [];
    deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise<void>((resolve) => deflate.write(Buffer.alloc(1 << 20), () => resolve()));
    const reader = new HeaderDecompressor();
    await expect(reader.decompress(Buffer.concat(chunks))).rejects.toMatchObject({ code: 'SPDY_HEADERS_INVALID' });
    await expect(reader.decompress(Buffer.from('00'))).rejects.toMatchObject({ code: 'SPDY_HEADERS_INVALID' });
  });

  test.each([
    ['more headers than allowed', '000003e8'],
    ['a name longer than the block', '00000001 000000ff 61'],
    ['a block that ends early', '0000'],
  ])('%s is refused', (_what, hex) => {
    expect(() => decodeHeaders(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(
      expect.objectContaining({ code: 'SPDY_HEADERS_INVALID' }),
    );
  });
});
