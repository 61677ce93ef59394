import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forwardRules } from './forward-rules.ts';
import { contains, formatIPv4, parseCidr, parseIPv4 } from './ipv4.ts';

describe('addresses', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(formatIPv4(parseIPv4(address) ?? -1)).toBe(address);
      }),
    );
  });

  test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', 'a.b.c.d', '::1', '1.2.3.4/8', '-1.2.3.4'])(
    '%j is none',
    (text) => {
      expect(parseIPv4(text)).toBeUndefined();
    },
  );
});

describe('ranges', () => {
  test.each([
    ['10.244.1.0/24', '10.244.1.0', '10.244.1.255'],
    ['10.244.1.77/24', '10.244.1.0', '10.244.1.255'],
    ['10.244.0.0/16', '10.244.0.0', '10.244.255.255'],
    ['192.0.2.7/32', '192.0.2.7', '192.0.2.7'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ])('%s goes from %s to %s', (text, first, last) => {
    const range = parseCidr(text);
    expect(range && [formatIPv4(range.first), formatIPv4(range.last)]).toEqual([first, last]);
    expect(range && contains(range, parseIPv4(first) ?? 0) && contains(range, parseIPv4(last) ?? 0)).toBe(true);
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '/8', '10.0.0.0/a'])('%j is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('forwarding rules', () => {
  test('let the outside in but leave other bridges to Docker', () => {
    const { chain, restore } = forwardRules('vg-0a1b2c');
    expect(chain).toBe('VIGIL-vg-0a1b2c');
    expect(restore.split('\n')).toEqual([
      '*filter',
      ':VIGIL-vg-0a1b2c - [0:0]',
      '-A VIGIL-vg-0a1b2c -i docker0 -o vg-0a1b2c -j RETURN',
      '-A VIGIL-vg-0a1b2c -i br-+ -o vg-0a1b2c -j RETURN',
      '-A VIGIL-vg-0a1b2c -i vg-+ -o vg-0a1b2c -j RETURN',
      '-A VIGIL-vg-0a1b2c -o vg-0a1b2c -j ACCEPT',
      'COMMIT',
      '',
    ]);
  });
});
