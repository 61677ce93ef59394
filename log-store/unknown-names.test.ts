import { expect, test } from 'vitest';
import { parseInterval } from './aggregations/calendar.ts';
import { typedKeys } from './aggregations/typed-keys.ts';
import { formatDate } from './mapping/date-format.ts';
import { fieldTypeOf } from './mapping/field-types.ts';

// Every object of JavaScript has members of these names.
test.each(['constructor', 'toString', '__proto__'])('%s is no name of a type, an interval or a format', (name) => {
  expect(fieldTypeOf(name)).toBeUndefined();
  expect(() => parseInterval({ fixed: undefined, calendar: name })).toThrow('could not be parsed');
  expect(typedKeys({ a: { [name]: {} } }, { a: { value: 1 } }, () => undefined)).toEqual({
    [`${name}#a`]: { value: 1 },
  });
  expect(() => formatDate(0, name)).toThrow('Unknown pattern letter');
});
