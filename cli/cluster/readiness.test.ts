import { describe, expect, test } from 'vitest';
import { isNodeReady, isRolledOut } from './readiness.ts';

describe('a deployment is rolled out', () => {
  const of = (status: object, generation = 2) => ({
    metadata: { generation },
    spec: { replicas: 3, selector: {}, template: {} },
    status,
  });
  test.each([
    [
      'all replicas of the newest template are available',
      { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 },
      true,
    ],
    [
      'its newest template has not been seen',
      { observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 },
      false,
    ],
    ['old replicas are left', { observedGeneration: 2, replicas: 4, updatedReplicas: 3, availableReplicas: 4 }, false],
    [
      'a replica is not available',
      { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 2 },
      false,
    ],
    ['nothing is known yet', {}, false],
  ])('%s', (_when, status, expected) => {
    expect(isRolledOut(of(status))).toBe(expected);
  });
});

describe('a node is Ready', () => {
  test.each([
    ['True', true],
    ['False', false],
    ['Unknown', false],
  ])('when its condition is %s: %s', (status, expected) => {
    expect(isNodeReady({ status: { conditions: [{ type: 'Ready', status }] } })).toBe(expected);
  });
  test('not before it has said anything', () => {
    expect(isNodeReady({})).toBe(false);
  });
});
