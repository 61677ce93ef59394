import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CidrBlock } from './cidr-block.ts';
import { IpAddress } from './ip-address.ts';
import { RequestUri } from './request-uri.ts';

const address = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => new IpAddress(4, value)),
  // With zeros in many places, as addresses have them.
  fc
    .array(fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0xffffn })), { minLength: 8, maxLength: 8 })
    .map(
      (groups) =>
        new IpAddress(
          6,
          groups.reduce((value, group) => (value << 16n) | group, 0n),
        ),
    )
    .filter(({ value }) => value >> 32n !== 0xffffn),
);

describe('an address', () => {
  test('is read again from its canonical text', () => {
    fc.assert(
      fc.property(address, (one) => {
        const text = one.toString();
        expect(isIP(text)).toBe(one.family);
        expect(IpAddress.parse(text)).toEqual(one);
        if (one.family === 6) expect(text).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1));
      }),
    );
  });

  test('is in each network that its first bits make', () => {
    fc.assert(
      fc.property(address, fc.nat(128), (one, bits) => {
        const block = CidrBlock.parse(`${one.toString()}/${Math.min(bits, one.bits)}`);
        expect(block.containsIP(one)).toBe(true);
        expect(block.containsCIDR(new CidrBlock(one, one.bits))).toBe(true);
        expect(block.containsIP(block.masked().address)).toBe(true);
        expect(block.masked().containsCIDR(block)).toBe(true);
      }),
    );
  });
});

test('whatever is written is an URI or an error', () => {
  const piece = fc.constantFrom(
    'http',
    ':',
    '/',
    '//',
    '[',
    ']',
    '::1',
    '%',
    '%2f',
    '%zz',
    '?',
    '#',
    '@',
    'é',
    '80',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      let uri: RequestUri;
      try {
        uri = RequestUri.parse(pieces.join(''));
      } catch (error) {
        expect((error as Error).message).toMatch(/^parse "/);
        return;
      }
      expect(uri.escapedPath).toMatch(/^[!-~]*$/);
      expect([...uri.query.values()].every((values) => values.length > 0)).toBe(true);
      expect(uri.host.startsWith(uri.hostname) || uri.host.startsWith(`[${uri.hostname}]`)).toBe(true);
    }),
  );
});
