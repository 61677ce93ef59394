import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtobufReader } from '../../../lib/kube/protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

test('what is written is what a reader finds', () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.string({ unit: 'binary' }),
      (integer, double, text) => {
        const writer = new ProtobufWriter();
        writer.integer(1, integer);
        writer.double(2, double);
        writer.text(300, text);
        const reader = new ProtobufReader(writer.written);
        expect(reader.tag()).toEqual({ number: 1, wireType: 0 });
        expect(reader.integer(0)).toBe(integer);
        expect(reader.tag()).toEqual({ number: 2, wireType: 1 });
        expect(reader.double(1)).toBe(double);
        expect(reader.tag()).toEqual({ number: 300, wireType: 2 });
        expect(reader.bytes(2).equals(Buffer.from(text))).toBe(true);
        expect(reader.more).toBe(false);
      },
    ),
  );
});
