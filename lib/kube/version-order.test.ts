import { expect, test } from 'vitest';
import { compareVersions } from './version-order.ts';

test('versions are in the order in which clients should take them', () => {
  const versions = ['foo10', 'v1', 'v3beta1', 'foo1', 'v12alpha1', 'v10', 'v11beta2', 'v10beta3', 'v11alpha2', 'v2'];
  expect(versions.sort(compareVersions)).toEqual([
    'v10',
    'v2',
    'v1',
    'v11beta2',
    'v10beta3',
    'v3beta1',
    'v12alpha1',
    'v11alpha2',
    'foo1',
    'foo10',
  ]);
});
