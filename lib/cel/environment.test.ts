import { describe, expect, test } from 'vitest';
import { CelError } from './cel-error.ts';
import { compileCel } from './environment.ts';
import { celToJson } from './json-value.ts';
import type { CelJsonPatch } from './objects.ts';

const self = {
  replicas: 4n,
  names: ['a', 'b', 'b'],
  numbers: [1n, 3n, 2n],
  labels: new Map<string, unknown>([['app', 'x']]),
  items: [{ name: 'a' }, { name: 'b' }],
  cpu: '250m',
  address: '10.1.2.3',
};

describe('an expression', () => {
  test.each<[string, unknown]>([
    ['self.replicas <= 3', false],
    ['has(self.items[0].name) && !has(self.items[1].other) && has(self.labels.app)', true],
    ['self.items.all(i, has([i][0].name)) && !has({"a": {"b": 1}}["a"].c)', true],
    ['has(self.items.filter(i, i.name == "b")[0].name)', true],
    ['has(self.nothing)', false],
    ['self.?nothing.orValue(7)', 7n],
    ['self.labels["app"] == "x" && self.labels.all(k, k.startsWith("a"))', true],
    ['self.items.all(i, self.items.filter(j, j.name == i.name).size() == 1)', true],
    ['self.numbers.sum() == 6 && self.numbers.max() == 3 && self.numbers.min() == 1', true],
    ['self.numbers.isSorted() || !self.names.isSorted()', false],
    ['self.names.indexOf("b") == 1 && self.names.lastIndexOf("b") == 2', true],
    ['quantity(self.cpu).isLessThan(quantity("1")) && quantity("1Gi") == quantity("1024Mi")', true],
    ['quantity("1").add(quantity("500m")).compareTo(quantity("1.5")) == 0', true],
    ['isQuantity("1Q") || isIP("10.1.2.300")', false],
    ['cidr("10.0.0.0/8").containsIP(self.address) && ip(self.address).family() == 4', true],
    ['url("https://a.example:8443/x").getHostname() == "a.example"', true],
    ['"abc-123".find("[0-9]+") == "123" && "a1b2".findAll("[0-9]").size() == 2', true],
    ['"hello".replace("l", "L", 1) == "heLlo"', true],
    ['"%s has %d (%.1f)".format(["a", 3, 1.25])', 'a has 3 (1.2)'],
    ['"%s".format([[1, 2]]) + "%%".format([])', '[1, 2]%'],
  ])('%s', (expression, value) => expect(compileCel(expression, ['self']).evaluate({ self })).toEqual(value));

  test('says where it cannot be read', () => {
    expect(() => compileCel('self.a ++ 1', ['self'])).toThrow(
      'ERROR: <input>:1:9: Unexpected token: PLUS\n | self.a ++ 1\n | ........^',
    );
    expect(() => compileCel('other.a == 1', ['self'])).toThrow(
      "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')",
    );
  });

  test('that asks for what is not there fails when it is evaluated', () => {
    const program = compileCel('self.nothing == 1', ['self']);
    expect(() => program.evaluate({ self })).toThrow(CelError);
  });
});

describe('messages', () => {
  const make = (expression: string, variables: Record<string, unknown> = {}) =>
    compileCel(expression, Object.keys(variables), { makesObjects: true }).evaluate(variables);

  test('become objects as JSON has them', () => {
    const made = make(
      'Object{metadata: Object.metadata{annotations: {"a/b": "c"}}, spec: Object.spec{?replicas: self.?n, ?paused: self.?no, list: [Object.spec.list{my__dash__name: 1.5}]}}',
      { self: { n: 3n } },
    );
    expect(celToJson(made)).toEqual({
      metadata: { annotations: { 'a/b': 'c' } },
      spec: { replicas: 3, list: [{ 'my-name': 1.5 }] },
    });
  });

  test('and steps of patches', () => {
    const made = make(
      '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b~"), value: {"x": true}}]',
    );
    expect((made as CelJsonPatch[]).map(({ fields }) => Object.fromEntries(fields))).toEqual([
      { op: 'add', path: '/metadata/labels/a~1b~0', value: { x: true } },
    ]);
    expect(() => make('JSONPatch{what: 1}')).toThrow("undefined field 'what'");
    expect(compileCel('[JSONPatch{op: "test"}]', [], { makesObjects: true }).type).toBe('list<JSONPatch>');
    expect(compileCel('true ? Object{} : Object{a: 1}', [], { makesObjects: true }).type).toBe('Object');
  });

  test('are there for those who make objects only, and errors point at what was written', () => {
    expect(() => compileCel('Object{a: 1}', [])).toThrow('ERROR: <input>:1:');
    expect(() => compileCel('Object{a: nobody}', [], { makesObjects: true })).toThrow(
      "ERROR: <input>:1:11: undeclared reference to 'nobody' (in container '')\n | Object{a: nobody}\n | ..........^",
    );
  });
});
