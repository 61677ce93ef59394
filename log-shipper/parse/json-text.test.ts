import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonText } from './json-text.ts';

const text = new JsonText();
const parsed = (bytes: Buffer, start = 0, end = bytes.length) => {
  const span = text.escape(bytes, start, end);
  return JSON.parse(`"${span.bytes.toString('utf8', span.start, span.end)}"`) as string;
};

test('any bytes become the JSON string of the text that a decoder reads in them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
      const bytes = Buffer.from(array);
      expect(parsed(bytes)).toBe(bytes.toString('utf8'));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (string) => {
      expect(parsed(Buffer.from(string))).toBe(Buffer.from(string).toString());
    }),
  );
});

test('text that needs nothing is not copied', () => {
  const bytes = Buffer.from('xx GET /ü 200 xx');
  expect(text.escape(bytes, 3, bytes.length - 3)).toEqual({ bytes, start: 3, end: bytes.length - 3 });
});
