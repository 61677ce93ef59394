import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ruleErrors } from './rule-errors.ts';
import type { SchemaProps } from './schema-props.ts';
import { valueErrors } from './value-errors.ts';

const text: SchemaProps = { type: 'string', maxLength: 3 };
const schema: SchemaProps = {
  type: 'object',
  required: ['needed'],
  properties: {
    needed: text,
    name: text,
    labels: { type: 'object', additionalProperties: text },
    whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
    list: { type: 'array', items: text },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: { type: 'object', properties: { id: { type: 'string' }, name: text } },
    },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, not: { required: ['bad'] } },
  },
};

const long = 'too long';
const wrongFields = (value: object, old: object) =>
  valueErrors(schema, { needed: 'a', ...value }, '', { needed: 'a', ...old }).map(({ field }) => field);

describe('a value that the schema does not allow any more', () => {
  test.each<[string, object, object, string[]]>([
    ['stays where nothing changes', { name: long }, { name: long }, []],
    ['stays while others change', { name: long, list: ['b'] }, { name: long, list: ['a'] }, []],
    ['may not be changed to another', { name: `${long}er` }, { name: long }, ['name']],
    ['may not be new', { name: long }, {}, ['name']],
    ['stays as a member of a map', { labels: { a: long, b: 'c' } }, { labels: { a: long } }, []],
    [
      'stays in a map that is replaced as a whole, if nothing in it changes',
      { whole: { a: long } },
      { whole: { a: long } },
      [],
    ],
    ['but not when something does', { whole: { a: long, b: 'c' } }, { whole: { a: long } }, ['whole.a']],
    ['stays in a list of which nothing changes', { list: [long] }, { list: [long] }, []],
    ['but not when something does', { list: [long, 'b'] }, { list: [long] }, ['list[0]']],
    [
      'stays in an item that is known by its key, wherever that is',
      { parts: [{ id: 'b' }, { id: 'a', name: long }] },
      { parts: [{ id: 'a', name: long }] },
      [],
    ],
    [
      'but not in another item',
      { parts: [{ id: 'b', name: long }] },
      { parts: [{ id: 'a', name: long }] },
      ['parts[0].name'],
    ],
    ['stays when it is excluded', { open: { bad: 1 } }, { open: { bad: 1 } }, []],
    ['does not stay when it is there twice', { set: ['a', 'a'] }, { set: ['a', 'a'] }, ['set[1]']],
  ])('%s', (_, value, old, fields) => expect(wrongFields(value, old)).toEqual(fields));

  test('is missed as long as something changes', () => {
    expect(valueErrors(schema, { name: 'b' }, '', { name: 'a' }).map(({ field }) => field)).toEqual(['needed']);
    expect(valueErrors(schema, { name: 'a' }, '', { name: 'a' })).toEqual([]);
  });

  const value = fc.record(
    {
      needed: fc.constantFrom('a', long),
      name: fc.constantFrom('a', long, 1),
      labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('a', long)),
      list: fc.array(fc.constantFrom('a', long), { maxLength: 3 }),
      parts: fc.uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c'), name: fc.constantFrom('a', long) }), {
        selector: ({ id }) => id,
      }),
    },
    { requiredKeys: [] },
  );

  test('is wrong only where a new object would be wrong, and never where nothing changes', () => {
    fc.assert(
      fc.property(value, value, (now, before) => {
        const fresh = valueErrors(schema, now);
        expect(fresh).toEqual(expect.arrayContaining(valueErrors(schema, now, '', before)));
        expect(valueErrors(schema, now, '', structuredClone(now))).toEqual([]);
      }),
    );
  });
});

describe('a rule that does not hold any more', () => {
  const withRule = (rule: string, more: object = {}): SchemaProps => ({
    type: 'object',
    properties: { name: { type: 'string', 'x-kubernetes-validations': [{ rule, message: 'no', ...more }] } },
  });
  const ask = (rule: SchemaProps, now: object, old: object | undefined) => {
    const warnings: string[] = [];
    const causes = ruleErrors(rule, { ...now }, old && { ...old }, (warning) => warnings.push(warning));
    return { errors: causes.map(({ field, message }) => `${field}: ${message}`), warnings };
  };

  test('is warned about where nothing changes, and enforced where something does', () => {
    const rule = withRule('self.startsWith("a")');
    expect(ask(rule, { name: 'B', other: 1 }, { name: 'B' })).toEqual({
      errors: [],
      warnings: ['name: Invalid value: "B": no'],
    });
    expect(ask(rule, { name: 'C' }, { name: 'B' }).errors).toEqual(['name: Invalid value: "C": no']);
    expect(ask(rule, { name: 'B' }, undefined).errors).toEqual(['name: Invalid value: "B": no']);
  });

  test('is enforced when it compares with what was', () => {
    expect(ask(withRule('self != oldSelf'), { name: 'a' }, { name: 'a' }).errors).toHaveLength(1);
    expect(ask(withRule('self != oldSelf'), { name: 'a' }, undefined).errors).toEqual([]);
  });

  test('may be told whether there was something before', () => {
    const rule = withRule('oldSelf.hasValue() ? oldSelf.value() == self : self == "first"', { optionalOldSelf: true });
    expect(ask(rule, { name: 'first' }, undefined).errors).toEqual([]);
    expect(ask(rule, { name: 'other' }, undefined).errors).toHaveLength(1);
    expect(ask(rule, { name: 'other' }, { name: 'other' }).errors).toEqual([]);
    const orValue = withRule('self == oldSelf.orValue("first")', { optionalOldSelf: true });
    expect(ask(orValue, { name: 'first' }, {}).errors).toEqual([]);
  });
});

describe('rules that would run for ever', () => {
  const list = (rule: string): SchemaProps => ({
    type: 'object',
    properties: {
      list: { type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [{ rule }] },
      later: { type: 'string', 'x-kubernetes-validations': [{ rule: 'false' }] },
    },
  });
  const many = Array.from({ length: 3_000 }, (_, at) => `${at}`);

  test('are cut off, and nothing further is asked', () => {
    const rule = 'self.all(a, self.all(b, self.all(c, a + b + c != "")))';
    const errors = ruleErrors(list(rule), { list: many, later: 'x' }, undefined, () => {});
    expect(errors).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'list',
        message: `Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
      },
    ]);
  });

  test('together are cut off', () => {
    const items: SchemaProps = {
      type: 'object',
      properties: {
        lists: {
          type: 'array',
          items: {
            type: 'array',
            items: { type: 'string' },
            'x-kubernetes-validations': [{ rule: 'self.all(a, self.all(b, b != ""))' }],
          },
        },
      },
    };
    const lists = Array.from({ length: 40 }, () => many.slice(0, 300));
    const errors = ruleErrors(items, { lists }, undefined, () => {});
    expect(errors).toMatchObject([
      {
        message:
          'Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
      },
    ]);
  });
});
