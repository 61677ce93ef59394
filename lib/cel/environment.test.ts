import { describe, expect, test } from 'vitest';
import { CelError, compileCel } from './environment.ts';

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
    ['"%s has %d (%.1f)".format(["a", 3, 1.25])', 'a has 3 (1.3)'],
    ['"%s".format([[1, 2]]) + "%%".format([])', '[1, 2]%'],
  ])('%s', (expression, value) => expect(compileCel(expression, ['self']).evaluate({ self })).toEqual(value));

  test('says where it cannot be read', () => {
    expect(() => compileCel('self.a ++ 1', ['self'])).toThrow(
      'ERROR: <input>:1:9: Unexpected token: PLUS\n | self.a ++ 1\n | ........^',
    );
    expect(() => compileCel('other.a == 1', ['self'])).toThrow('ERROR: <input>:1:1: Unknown variable: other');
  });

  test('that asks for what is not there fails when it is evaluated', () => {
    const program = compileCel('self.nothing == 1', ['self']);
    expect(() => program.evaluate({ self })).toThrow(CelError);
  });

  test('may not nest loops without end', () => {
    const loop = (inner: string, n: number) => `self.names.all(x${n}, ${inner})`;
    const nested = [1, 2, 3, 4].reduce(loop, 'true');
    expect(() => compileCel(nested, ['self'])).toThrow('nested 4 deep');
    expect(compileCel([1, 2, 3].reduce(loop, 'true'), ['self']).evaluate({ self })).toBe(true);
  });
});
