import { expect, it } from 'vitest';
import { ipAddressStrategy } from './ip-address.ts';

it.each<[string, readonly string[]]>([
  ['10.0.0.1', []],
  ['2001:db8::1', []],
  ['2001:db8:0::1', ['must be in canonical form ("2001:db8::1")']],
  ['2001:DB8::1', ['must be in canonical form ("2001:db8::1")']],
  ['010.0.0.1', ['must not have leading 0s']],
  ['web', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
])('an address is named by itself: %s', (name, expected) => {
  expect(ipAddressStrategy.nameErrors?.(name)).toEqual(expected);
});
