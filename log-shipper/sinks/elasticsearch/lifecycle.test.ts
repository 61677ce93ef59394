import { describe, expect, test } from 'vitest';
import { decidePolicy, policyBody } from './lifecycle.ts';

const month = { maxAge: '30d' };

describe.each([
  [
    'elasticsearch',
    // As the server gives it back: with defaults of its own.
    (policy: object) => ({ 'logs-vigil': { version: 3, modified_date: '2026-11-29T08:00:00.000Z', ...policy } }),
  ],
  ['opensearch', (policy: object) => ({ _id: 'logs-vigil', _seq_no: 4, _primary_term: 1, ...policy })],
] as const)('a policy on %s', (distribution, asAnswered) => {
  const present = (retention: typeof month) =>
    structuredClone(asAnswered(policyBody(distribution, retention))) as Record<string, unknown>;

  test('that does what is wanted stays', () => {
    expect(decidePolicy(distribution, present(month), month)).toBe('same');
    expect(decidePolicy(distribution, present(month), { ...month, rolloverAge: '1d', rolloverSize: '25gb' })).toBe(
      'same',
    );
  });

  test('that we wrote for another retention is written anew', () => {
    expect(decidePolicy(distribution, present(month), { maxAge: '7d' })).toBe('write');
    expect(decidePolicy(distribution, present(month), { ...month, rolloverSize: '1gb' })).toBe('write');
  });

  test('that somebody changed is theirs', () => {
    const text = JSON.stringify(present(month));
    const longer = JSON.parse(text.replace('":"30d"', '":"90d"')) as Record<string, unknown>;
    expect(decidePolicy(distribution, longer, month)).toBe('not-ours');
    const another = JSON.parse(text.replace('Made by Vigil', 'Mine')) as Record<string, unknown>;
    expect(decidePolicy(distribution, another, month)).toBe('not-ours');
    expect(decidePolicy(distribution, {}, month)).toBe('not-ours');
  });
});

test('a phase or state that is not ours makes the policy not ours', () => {
  const ilm = policyBody('elasticsearch', month) as { policy: { phases: Record<string, unknown> } };
  ilm.policy.phases['warm'] = { actions: {} };
  expect(decidePolicy('elasticsearch', { 'logs-vigil': ilm }, month)).toBe('not-ours');
  const ism = policyBody('opensearch', month) as { policy: { states: unknown[] } };
  ism.policy.states.push({ name: 'warm', actions: [] });
  expect(decidePolicy('opensearch', ism, month)).toBe('not-ours');
});
