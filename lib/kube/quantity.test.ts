import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  QuantityError,
  wholeValue,
} from './quantity.ts';

describe('quantities', () => {
  it.each([
    ['0', '0'],
    ['1', '1'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['100m', '100m'],
    ['1500m', '1500m'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['1025', '1025'],
    ['1000000', '1M'],
    ['1e3', '1e3'],
    ['12E6', '12e6'],
    ['1E', '1E'],
    ['-100m', '-100m'],
    ['0.1n', '1n'],
    ['100u', '100u'],
    ['0.5Ki', '512'],
    ['512Ki', '512Ki'],
    ['0.1Ki', '102400m'],
    ['9223372036854775808', '9223372036854775807'],
    ['00064Mi', '64Mi'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', ' 1', '1 ', 'a', '1x', '1mi', '--1', '.', 'm', '1e', '1e1000', '1KiB', '1Ki1', '9'.repeat(65)])(
    'refuses %j',
    (text) => {
      expect(() => parseQuantity(text)).toThrow(QuantityError);
    },
  );

  it('gives bytes, pieces and millicores, rounded up', () => {
    expect(wholeValue('64Mi')).toBe(67_108_864);
    expect(wholeValue('100m')).toBe(1);
    expect(milliValue('0.25')).toBe(250);
    expect(milliValue('1u')).toBe(1);
    expect(milliValue(2)).toBe(2_000);
  });

  it('says what is wrong with a million digits after one look at them', () => {
    const digits = '1'.repeat(1_000_000);
    expect(() => parseQuantity(`${digits}!`)).toThrow('quantities must match the regular expression');
    expect(() => parseQuantity(digits)).toThrow("unable to parse quantity's suffix");
  });

  it('adds and compares exactly', () => {
    const sum = addQuantities(parseQuantity('100m'), parseQuantity('0.2'));
    expect(formatQuantity(sum)).toBe('300m');
    expect(compareQuantities(sum, parseQuantity('0.3'))).toBe(0);
    expect(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G'))).toBe(1);
    expect(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('1Gi')))).toBe('1Gi');
  });

  it('reads its own canonical text as the same amount, in the same words', () => {
    const number = fc.tuple(fc.nat({ max: 10_000_000 }), fc.option(fc.nat({ max: 999 })));
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2');
    fc.assert(
      fc.property(number, suffix, fc.boolean(), ([whole, fraction], unit, isNegative) => {
        const text = `${isNegative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}${unit}`;
        const canonical = canonicalQuantity(text);
        expect(parseQuantity(canonical).nano).toBe(parseQuantity(text).nano);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });
});
