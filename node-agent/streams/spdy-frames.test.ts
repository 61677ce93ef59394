import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, SpdyFrameParser, type SpdyFrame } from './spdy-frames.ts';

const streamId = fc.integer({ min: 1, max: 0x7fffffff });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const word = fc.integer({ min: 0, max: 0xffffffff });

const frame: fc.Arbitrary<Exclude<SpdyFrame, { type: 'unknown' }>> = fc.oneof(
  fc.record({ type: fc.constant('data' as const), streamId, fin: fc.boolean(), data: bytes }),
  fc.record({
    type: fc.constant('synStream' as const),
    streamId,
    associatedId: fc.integer({ min: 0, max: 0x7fffffff }),
    priority: fc.integer({ min: 0, max: 7 }),
    fin: fc.boolean(),
    unidirectional: fc.boolean(),
    headerBlock: bytes,
  }),
  fc.record({ type: fc.constant('synReply' as const), streamId, fin: fc.boolean(), headerBlock: bytes }),
  fc.record({ type: fc.constant('headers' as const), streamId, fin: fc.boolean(), headerBlock: bytes }),
  fc.record({ type: fc.constant('rstStream' as const), streamId, status: word }),
  fc.record({
    type: fc.constant('settings' as const),
    entries: fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 0xffffff }), flags: fc.integer({ min: 0, max: 255 }), value: word }),
      { maxLength: 8 },
    ),
  }),
  fc.record({ type: fc.constant('ping' as const), id: word }),
  fc.record({ type: fc.constant('goAway' as const), lastStreamId: streamId, status: word }),
  fc.record({ type: fc.constant('windowUpdate' as const), streamId, delta: streamId }),
);

/** Cuts bytes at the given places, as a network might. */
function cut(all: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (all.length + 1)))].sort((a, b) => a - b);
  const starts = [0, ...ends];
  return starts.map((start, index) => all.subarray(start, ends[index] ?? all.length));
}

describe('SPDY frames', () => {
  test('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 6 }), (frames, places) => {
        const parser = new SpdyFrameParser();
        const all = Buffer.concat(frames.map(encodeFrame));
        expect(cut(all, places).flatMap((chunk) => parser.push(chunk))).toEqual(frames);
      }),
    );
  });

  test('are laid out as the protocol says', () => {
    expect(encodeFrame({ type: 'ping', id: 1 }).toString('hex')).toBe('800300060000000400000001');
    expect(encodeFrame({ type: 'data', streamId: 5, fin: true, data: Buffer.from('hi') }).toString('hex')).toBe(
      '00000005010000026869',
    );
    expect(encodeFrame({ type: 'rstStream', streamId: 3, status: 5 }).toString('hex')).toBe(
      '80030003000000080000000300000005',
    );
  });

  test.each([
    ['a frame longer than allowed', '00000001 00 ffffff'],
    ['another version', '8002 0006 00 000004 00000001'],
    ['a control frame that ends early', '8003 0003 00 000004 00000001'],
    ['more settings than the frame holds', '8003 0004 00 000004 00000005'],
  ])('%s breaks the connection', (_what, hex) => {
    const parser = new SpdyFrameParser();
    expect(() => parser.push(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(
      expect.objectContaining({ code: 'SPDY_FRAME_INVALID' }),
    );
  });

  test('arbitrary bytes are refused or parsed, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (chunks) => {
        const parser = new SpdyFrameParser();
        try {
          for (const chunk of chunks) parser.push(chunk);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SPDY_FRAME_INVALID' });
        }
      }),
    );
  });

  test('a control frame of an unknown type is passed over', () => {
    const parser = new SpdyFrameParser();
    expect(parser.push(Buffer.from('8003000b00000000', 'hex'))).toEqual([{ type: 'unknown', controlType: 11 }]);
  });
});
