import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

type Requirement = readonly [
  operator: '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!',
  key: string,
  values: readonly string[],
];

const key = fc.constantFrom('a', 'b', 'example.com/c');
const value = fc.constantFrom('', 'x', 'y', 'z');
/** `()` is no list of values. */
const listed = fc.array(value, { minLength: 1, maxLength: 3 }).filter((values) => values.join(',') !== '');
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.tuple(fc.constantFrom('=' as const, '==' as const, '!=' as const), key, fc.tuple(value)),
  fc.tuple(fc.constantFrom('in' as const, 'notin' as const), key, listed),
  fc.tuple(fc.constantFrom('exists' as const, '!' as const), key, fc.constant([])),
);
const labels = fc.dictionary(key, value);

function textOf([operator, name, values]: Requirement): string {
  if (operator === 'exists') return name;
  if (operator === '!') return `!${name}`;
  return operator === 'in' || operator === 'notin'
    ? `${name} ${operator} (${values.join(',')})`
    : `${name}${operator}${values[0] ?? ''}`;
}

/** What the documentation says of each operator, one after the other. */
function holds([operator, name, values]: Requirement, of: Readonly<Record<string, string>>): boolean {
  const own = Object.hasOwn(of, name) ? of[name] : undefined;
  switch (operator) {
    case 'exists':
      return own !== undefined;
    case '!':
      return own === undefined;
    case '=':
    case '==':
    case 'in':
      return own !== undefined && values.includes(own);
    default:
      // Whoever has no such label has not that value either.
      return own === undefined || !values.includes(own);
  }
}

it('selects what a naive reading of each requirement selects', () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), labels, (requirements, of) => {
      const matcher = parseLabelSelector(requirements.map(textOf).join(','));
      expect(matcher.matches(of)).toBe(requirements.every((one) => holds(one, of)));
    }),
    { numRuns: 500 },
  );
});
