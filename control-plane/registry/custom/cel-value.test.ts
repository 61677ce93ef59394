import { expect, test } from 'vitest';
import { ruleErrors } from './rule-errors.ts';
import type { SchemaProps } from './schema-props.ts';

const errorsOf = (format: string, value: string, rule: string) => {
  const schema: SchemaProps = {
    type: 'object',
    properties: { at: { type: 'string', format } },
    'x-kubernetes-validations': [{ rule }],
  };
  return ruleErrors(schema, { at: value }, undefined, () => undefined).map(({ message }) => message);
};

test.each([
  ['date-time', '2026-01-01T00:00:00Z', 'self.at < timestamp("2026-01-02T00:00:00Z")'],
  ['date', '2026-01-01', 'self.at.getFullYear() == 2026'],
  ['duration', '90m', 'self.at == duration("1h30m")'],
  ['duration', '1w1d', 'self.at == duration("192h")'],
  ['duration', 'soon', 'self.at == "soon"'],
  ['byte', 'AAEC', 'size(self.at) == 3'],
  ['uuid', 'x', 'self.at == "x"'],
])('a text of the format %s is %s as expressions see it', (format, value, rule) => {
  expect(errorsOf(format, value, rule)).toEqual([]);
});
