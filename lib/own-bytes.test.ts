import { expect, test } from 'vitest';
import { ownBytes } from './own-bytes.ts';

test.each([
  ['short', 'utf8'],
  ['', 'utf8'],
  ['grüße, 世界', 'utf8'],
  ['x'.repeat(10_000), 'utf8'],
  [Buffer.from('any bytes \u0000').toString('base64'), 'base64'],
  ['YQ', 'base64'],
] as const)('bytes of their own: %s', (text, encoding) => {
  const bytes = ownBytes(text, encoding);
  expect(bytes.equals(Buffer.from(text, encoding))).toBe(true);
  expect(bytes.buffer.byteLength).toBe(bytes.length);
});
