import { expect, test } from 'vitest';
import { AccessAuthorizer, type AskAccess } from './access-checks.ts';
import { CostBudget } from './cost.ts';
import { compileCel } from './environment.ts';

const asked: unknown[] = [];
const ask: AskAccess = (access, serviceAccount) => {
  asked.push({ ...access, ...(serviceAccount ? { by: serviceAccount } : {}) });
  return access.verb === 'get' ? { allowed: true, reason: 'because' } : { allowed: false, reason: '' };
};
const requested = { group: 'apps', resource: 'deployments', namespace: 'prod', name: 'web' };

function evaluate(expression: string, budget = new CostBudget()): unknown {
  asked.length = 0;
  const authorizer = new AccessAuthorizer(ask, requested);
  return compileCel(expression, ['authorizer']).evaluate({ authorizer }, budget);
}

test.each<[string, unknown, object]>([
  ["authorizer.path('/healthz').check('get').allowed()", true, { verb: 'get', nonResourcePath: '/healthz' }],
  [
    "authorizer.group('').resource('pods').namespace('a').name('b').subresource('log').check('get').allowed()",
    true,
    { verb: 'get', group: '', resource: 'pods', namespace: 'a', name: 'b', subresource: 'log' },
  ],
  [
    "authorizer.group('').resource('pods').labelSelector('a=b').fieldSelector('c=d').check('list').allowed()",
    false,
    { verb: 'list', group: '', resource: 'pods' },
  ],
  ["authorizer.requestResource.check('get').reason()", 'because', { ...requested, verb: 'get' }],
  ["authorizer.requestResource.check('delete').reason()", '', { ...requested, verb: 'delete' }],
  ["authorizer.requestResource.check('delete').errored()", false, { ...requested, verb: 'delete' }],
  ["authorizer.requestResource.check('delete').error()", '', { ...requested, verb: 'delete' }],
  [
    "authorizer.serviceAccount('a', 'robot').group('').resource('pods').check('get').allowed()",
    true,
    { verb: 'get', group: '', resource: 'pods', by: { namespace: 'a', name: 'robot' } },
  ],
])('%s is %j', (expression, result, about) => {
  expect(evaluate(expression)).toBe(result);
  expect(asked).toEqual([about]);
});

test('an authorizer is compared with nothing and has no members but its own', () => {
  expect(() => evaluate('authorizer.ask')).toThrow();
  expect(() => evaluate("authorizer.serviceAccount('a', 'b').requestResource.check('get').allowed()")).toThrow();
});

test("asking costs what it costs upstream: a policy's budget is for a few", () => {
  const budget = new CostBudget();
  evaluate("authorizer.requestResource.check('get').allowed()", budget);
  expect(budget.left).toBeLessThan(10_000_000 - 350_000);
  expect(budget.left).toBeGreaterThan(10_000_000 - 350_100);
  expect(() => evaluate("[1, 2, 3].all(i, authorizer.requestResource.check('get').allowed())")).toThrow(
    'actual cost limit exceeded',
  );
});
