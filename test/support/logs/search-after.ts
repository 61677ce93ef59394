import { numberOfDigits } from '../../../lib/exact-json.ts';

/** Sort values of a hit that was read by `parseKeepingDigits`, to go on behind it: times in nanoseconds go back digit by digit. */
export function searchAfter(sort: readonly unknown[]): readonly unknown[] {
  return sort.map((key) => (typeof key === 'string' ? numberOfDigits(key) : key));
}
