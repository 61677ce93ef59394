import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalQuantity, compareQuantities, milliValue, parseQuantity, wholeValue } from './quantity.ts';

describe('a quantity', () => {
  // What upstream makes of amounts in each of its three forms: binary, decimal, with exponent.
  it.each([
    ['0Ki', '0'],
    ['0e0', '0'],
    ['-0', '0'],
    ['+5', '5'],
    ['-5', '-5'],
    ['1Ki', '1Ki'],
    ['8Ki', '8Ki'],
    ['7Mi', '7Mi'],
    ['6Gi', '6Gi'],
    ['5Ti', '5Ti'],
    ['4Pi', '4Pi'],
    ['3Ei', '3Ei'],
    ['2048Ki', '2Mi'],
    ['10n', '10n'],
    ['10u', '10u'],
    ['10m', '10m'],
    ['10k', '10k'],
    ['10M', '10M'],
    ['10G', '10G'],
    ['10T', '10T'],
    ['10P', '10P'],
    ['1000k', '1M'],
    ['1001m', '1001m'],
    ['1e6', '1e6'],
    ['100e3', '100e3'],
    ['1.01E', '1010P'],
    ['1.05k', '1050'],
    ['0.001', '1m'],
    ['0.0001k', '100m'],
    ['1.1', '1100m'],
    ['1.1Ki', '1126400m'],
    ['0.5Mi', '512Ki'],
    // Smaller than a billionth is rounded up, away from nothing.
    ['1.1n', '2n'],
    ['0.000000001n', '1n'],
    ['-1.1n', '-2n'],
  ])('%s is %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));

  it.each([
    ['1', '1000m', 0],
    ['1Ki', '1024', 0],
    ['1k', '1Ki', -1],
    ['1M', '1Mi', -1],
    ['1Mi', '1M', 1],
    ['0', '0Ki', 0],
    ['-1', '0', -1],
    ['1e3', '1k', 0],
    ['999m', '1', -1],
    ['9223372036854775807', '9223372036854775806', 1],
  ])('%s against %s is %d', (a, b, order) => {
    expect(compareQuantities(parseQuantity(a), parseQuantity(b))).toBe(order);
    expect(compareQuantities(parseQuantity(b), parseQuantity(a)) + order).toBe(0);
  });

  it.each([
    ['1', 1, 1000],
    ['1m', 1, 1],
    ['999m', 1, 999],
    ['1001m', 2, 1001],
    ['1n', 1, 1],
    ['-1500m', -2, -1500],
    ['1Ki', 1024, 1_024_000],
  ])('%s is %d in whole and %d in thousandths, rounded away from nothing', (text, whole, milli) => {
    expect(wholeValue(text)).toBe(whole);
    expect(milliValue(text)).toBe(milli);
  });

  it('is ordered as numbers are', () => {
    const amount = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(compareQuantities(parseQuantity(`${a}m`), parseQuantity(`${b}m`))).toBe(Math.sign(a - b));
      }),
    );
  });
});
