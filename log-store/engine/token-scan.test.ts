import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokensOf } from '../query/analyze.ts';
import { bloomMayHave, hashText, newBloom } from './bloom.ts';
import { hasToken, scanMessage, TokenTest } from './token-scan.ts';

const SEED = hashText('message');
/** Letters, digits and everything that the analyzer treats specially, so that short texts meet all its rules. */
const text = fc.string({ unit: fc.constantFrom(...'aBz09_.:,;\' -/="\\\né中'.split('')), maxLength: 24 });

function scanned(message: string) {
  const bytes = Buffer.from(`${JSON.stringify(message).slice(1)},`);
  const bloom = newBloom();
  const scan = { plain: true, tokenized: true };
  const end = scanMessage(bytes, 0, bytes.length, SEED, bloom, scan);
  return { bytes, bloom, end, ...scan };
}

describe('the words of a message, taken from its bytes', () => {
  test('are those of the analyzer', () => {
    fc.assert(
      fc.property(text, (message) => {
        const { bytes, bloom, end, tokenized } = scanned(message);
        expect(end).toBe(bytes.length - 2);
        if (!tokenized) return;
        for (const token of tokensOf(message)) expect(bloomMayHave(bloom, hashText(token, SEED))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are no more than those of the analyzer', () => {
    const { bloom } = scanned('a.b 1.2 a:1 foo_bar _ __');
    for (const word of ['a.b', '1.2', 'a', '1', 'foo_bar']) {
      expect(bloomMayHave(bloom, hashText(word, SEED))).toBe(true);
    }
    for (const word of ['b', '2', 'a:1', 'foo', '_', '__'])
      expect(bloomMayHave(bloom, hashText(word, SEED))).toBe(false);
  });

  test('beyond ASCII and of more than 255 letters are left to the analyzer', () => {
    expect(scanned('naïve')).toMatchObject({ tokenized: false, plain: false });
    expect(scanned('x'.repeat(256))).toMatchObject({ tokenized: false, plain: false });
    expect(scanned('a "quoted" word')).toMatchObject({ tokenized: true, plain: false });
    expect(scanned('plain words')).toMatchObject({ tokenized: true, plain: true });
  });
});

test('a word is found in plain text exactly when the analyzer makes a token of it', () => {
  const plain = fc.string({ unit: fc.constantFrom(..."aBz09_.:,;' -/=".split('')), maxLength: 24 });
  const word = fc.string({ unit: fc.constantFrom(...'abz09_.:,'.split('')), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(plain, word, (message, wanted) => {
      const { bytes } = new TokenTest(wanted);
      if (!bytes) return;
      const inBytes = hasToken(Buffer.from(message), 0, message.length, bytes);
      expect(inBytes).toBe(tokensOf(message).includes(wanted));
    }),
    { numRuns: 5_000 },
  );
});

test('what is no single word is not looked for in bytes', () => {
  for (const wanted of ['two words', 'Upper', '', 'né', '_']) expect(new TokenTest(wanted).bytes).toBeUndefined();
});
