import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CostBudget } from '../../../../lib/cel/cost.ts';
import { compileCel } from '../../../../lib/cel/environment.ts';
import { celValue } from '../cel-value.ts';
import type { SchemaProps } from '../schema-props.ts';
import { costErrors } from './cost-errors.ts';
import { ruleCost } from './rule-cost.ts';

const text: SchemaProps = { type: 'string' };
const list = (items: SchemaProps, more: SchemaProps = {}): SchemaProps => ({ type: 'array', items, ...more });
const ruled = (schema: SchemaProps, rule: string, more: object = {}): SchemaProps => ({
  ...schema,
  'x-kubernetes-validations': [{ rule, ...more }],
});
const inObject = (value: SchemaProps): SchemaProps => ({ type: 'object', properties: { value } });
const messages = (schema: SchemaProps) =>
  costErrors(schema, 'schema').map(({ field, message }) => `${field}: ${message}`);

const advice =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
const ofRule = (factor: string) =>
  `schema.properties[value].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of ${factor} ${advice}`;

describe('rules of a schema', () => {
  test.each<[string, SchemaProps, string[]]>([
    ['of one value', ruled(text, 'self.startsWith("a")'), []],
    ['of all items of a list', ruled(list(text), 'self.all(x, x.startsWith("a"))'), []],
    [
      'that compare all texts of any length with one another',
      ruled(list(text), 'self.all(x, self.exists(y, x == y))'),
      [
        ofRule('more than 100x'),
        `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
      ],
    ],
    [
      'that compare a few short texts with one another',
      ruled(list({ ...text, maxLength: 20 }, { maxItems: 100 }), 'self.all(x, self.exists(y, x == y))'),
      [],
    ],
    [
      'that compare too many short texts with one another',
      ruled(list({ ...text, maxLength: 20 }, { maxItems: 2_000 }), 'self.all(x, self.exists(y, x == y))'),
      [ofRule('5.6x')],
    ],
    [
      'of items that contain a text',
      ruled(list(text, { maxItems: 100 }), 'self.all(x, x.contains("abc"))'),
      [ofRule('3.1x')],
    ],
    [
      'that go through both indices and items',
      ruled(list({ ...text, maxLength: 20 }, { maxItems: 2_000 }), 'self.all(i, x, self.exists(j, y, x == y))'),
      [ofRule('5.6x')],
    ],
    [
      'that make a list of what they filter, and go through it',
      ruled(
        list({ ...text, maxLength: 20 }, { maxItems: 2_000 }),
        'self.transformList(i, x, x != "", x).all(y, self.exists(z, y == z))',
      ),
      [ofRule('2.8x')],
    ],
    [
      'of each item of a list that has no end',
      list(ruled({ type: 'object', properties: { a: text } }, 'self.a == "something long, to be compared with"')),
      [],
    ],
  ])('%s', (_, value, errors) => expect(messages(inObject(value))).toEqual(errors));

  test('count as often as their values may be there', () => {
    const item = ruled(list(text, { maxItems: 1_000 }), 'self.all(x, x != "a")');
    expect(messages(inObject(list(item, { maxItems: 100 })))).toEqual([]);
    expect(messages(inObject(list(item, { maxItems: 10_000 })))[0]).toContain('estimated rule cost exceeds budget');
    expect(messages(inObject(list(item)))[0]).toContain(
      'schema.properties[value].items.x-kubernetes-validations[0].rule',
    );
  });

  test('have messages that count too', () => {
    const value = ruled(list(text), 'true', {
      messageExpression: 'self.map(x, self.map(y, x + y)).size() > 1 ? "a" : "b"',
    });
    expect(messages(inObject(value))[0]).toContain(
      '[0].messageExpression: Forbidden: estimated messageExpression cost',
    );
  });
});

describe('an estimate', () => {
  const schema: SchemaProps = {
    type: 'object',
    properties: {
      names: list({ ...text, maxLength: 8 }, { maxItems: 6 }),
      map: { type: 'object', additionalProperties: { ...text, maxLength: 8 }, maxProperties: 5 },
      name: { ...text, maxLength: 8 },
      count: { type: 'integer' },
    },
  };
  const value = fc.record({
    names: fc.array(fc.string({ maxLength: 8 }), { maxLength: 6 }),
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 8 })),
    name: fc.string({ maxLength: 8 }),
    count: fc.integer(),
  });
  const rule = fc.constantFrom(
    'self.names.all(x, x == self.name)',
    'self.names.all(x, self.names.exists(y, y == x))',
    'self.names.exists_one(x, x.startsWith("abc")) || self.count > 3',
    'self.names.filter(x, x.contains("b")).map(x, x + self.name).size() < 9',
    'self.map.all(k, self.map[k] != "") && self.name in self.names',
    'self.name.matches("^[a-z]+$") ? self.names == [] : !(self.names.size() > 1)',
    'cel.bind(n, self.names, n.all(x, n.exists(y, x == y)))',
  );

  test('is not less than what the rule costs', () => {
    fc.assert(
      fc.property(value, rule, (object, expression) => {
        const program = compileCel(expression, ['self']);
        const budget = new CostBudget();
        const { left } = budget;
        program.evaluate({ self: celValue(schema, object) }, budget);
        expect(left - budget.left).toBeLessThanOrEqual(ruleCost(program.ast, schema));
      }),
    );
  });
});
