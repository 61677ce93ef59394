import { describe, expect, test } from 'vitest';
import { CelCostError, CostBudget } from './cost.ts';
import { compileCel } from './environment.ts';

const costOf = (expression: string, variables: Record<string, unknown>) => {
  const budget = new CostBudget();
  const { left } = budget;
  compileCel(expression, Object.keys(variables)).evaluate(variables, budget);
  return left - budget.left;
};
const names = (count: number) => Array.from({ length: count }, (_, at) => `name-${at}`);

describe('what an expression costs', () => {
  // The first ones are upstream's own figures.
  test.each<[string, Record<string, unknown>, number]>([
    ['1 == 1', {}, 1],
    ['self', { self: true }, 1],
    ['self.a.b', { self: { a: { b: true } } }, 3],
    ['[1, 2]', {}, 10],
    ['{"a": 1}', {}, 30],
    ['self.startsWith("abc")', { self: 'abcdef' }, 2],
    ['self == "x"', { self: 'x'.repeat(500) }, 2],
    ['self == self', { self: 'x'.repeat(500) }, 52],
    ['self.contains("y")', { self: 'x'.repeat(500) }, 51],
    ['false && self', { self: true }, 0],
    ['has(self.a[0].b)', { self: { a: [{}] } }, 3],
    ['cel.bind(x, self, x + x)', { self: 1n }, 4],
    ['self.lowerAscii()', { self: 'x'.repeat(500) }, 51],
    ['self.split(",")', { self: 'x'.repeat(500) }, 101],
    ['self.join("-")', { self: ['x'.repeat(50), 'y'.repeat(49)] }, 21],
    ['self.sum()', { self: [1n, 2n, 3n] }, 4],
    ['self.find("a{1,5}x")', { self: 'x'.repeat(99) }, 21],
    ['isIP(self)', { self: '192.168.100.200' }, 3],
    ['ip.isCanonical(self)', { self: '192.168.100.200' }, 4],
    ['cidr(self).ip()', { self: '10.0.0.0/8' }, 3],
    ['cidr(self).containsIP("10.0.0.1")', { self: '10.0.0.0/8' }, 4],
    ['quantity(self).add(1).sign()', { self: '10' }, 4],
    ['semver(self).major()', { self: '1.2.3' }, 3],
    ['format.uuid().validate(self)', { self: 'x'.repeat(99) }, 202],
    ['sets.contains(self, self)', { self: [1n, 2n, 3n] }, 12],
    ['sets.equivalent(self, self)', { self: [1n, 2n, 3n] }, 21],
    ['self.all(i, v, true)', { self: [1n, 2n, 3n] }, 10],
    ['self.transformList(i, v, v)', { self: [1n, 2n, 3n] }, 40],
  ])('%s', (expression, variables, cost) => expect(costOf(expression, variables)).toBe(cost));

  test('grows with what it goes through', () => {
    const cost = (n: number) => costOf('self.all(x, x.startsWith("n"))', { self: names(n) });
    expect(cost(200) - cost(100)).toBe(cost(300) - cost(200));
    expect(cost(200) - cost(100)).toBe(500);
    const square = (n: number) => costOf('self.all(x, self.exists(y, y == x))', { self: names(n) });
    expect(square(100) / square(50)).toBeGreaterThan(3.5);
    for (const loop of ['map(x, 1)', 'filter(x, false)', 'exists_one(x, false)', 'exists(x, false)', 'all(x, true)'])
      expect(costOf(`self.${loop}`, { self: names(1_000) })).toBeGreaterThanOrEqual(1_000);
  });
});

describe('an expression that would take too long', () => {
  const self = names(2_000);
  test.each([
    'self.all(a, self.all(b, self.all(c, self.all(d, true))))',
    'self.exists(a, self.exists(b, self.exists(c, false))) || true',
    'self.map(a, self.map(b, self.map(c, a + b + c))).size() > 0',
    'self.filter(a, self.filter(b, self.filter(c, true).size() > 0).size() > 0).size() > 0',
    'self.exists_one(a, self.exists_one(b, self.exists_one(c, false)))',
    'self.all(i, a, self.exists(j, b, self.all(k, c, c != "")))',
    'self.transformList(i, a, self.transformMap(j, b, self.existsOne(k, c, c == ""))).size() > 0',
    'true || self.all(a, true) ? self.all(a, self.all(b, self.all(c, c != ""))) : false',
  ])('%s is cut off', (expression) => {
    const program = compileCel(expression, ['self']);
    const start = process.threadCpuUsage();
    expect(() => program.evaluate({ self })).toThrow('operation cancelled: actual cost limit exceeded');
    expect(process.threadCpuUsage(start).user / 1_000).toBeLessThan(5_000);
  });

  test('together with others is cut off when nothing is left', () => {
    const program = compileCel('self.all(a, self.all(b, b != ""))', ['self']);
    const budget = new CostBudget();
    const run = () => program.evaluate({ self: names(300) }, budget);
    for (let times = 0; times < 18; times++) run();
    let error: unknown;
    for (let times = 0; times < 20 && !error; times++) {
      try {
        run();
      } catch (thrown) {
        error = thrown;
      }
    }
    expect(error).toBeInstanceOf(CelCostError);
    expect((error as Error).message).toBe(
      'validation failed due to running out of cost budget, no further validation rules will be run',
    );
  });
});
