import { expect, test } from 'vitest';
import { duplicateItems } from './duplicate-items.ts';
import { rootAt } from './merge-shape.ts';

const pod = (container: object, more: object = {}) => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'x', image: 'i', ...container }], ...more },
});

test.each<[string, object, readonly string[]]>([
  ['nothing', pod({ env: [{ name: 'A' }, { name: 'B' }] }), []],
  [
    'a name',
    pod({ env: [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'A', value: '2' }] }),
    ['.spec.containers[name="x"].env: duplicate entries for key [name="A"]'],
  ],
  [
    'several keys, one of which has a default',
    pod({
      ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }, { containerPort: 80, protocol: 'TCP' }],
    }),
    ['.spec.containers[name="x"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]'],
  ],
  [
    'an item of a set',
    { metadata: { name: 'p', finalizers: ['a/b', 'a/b'] } },
    ['.metadata.finalizers: duplicate entries for key [="a/b"]'],
  ],
  [
    'an item three times, and others',
    pod({}, { volumes: [{ name: 'v' }, { name: 'v' }, { name: 'v' }], hostAliases: [{ ip: '::1' }, { ip: '::1' }] }),
    [
      '.spec.volumes: duplicate entries for key [name="v"]',
      '.spec.volumes: duplicate entries for key [name="v"]',
      '.spec.hostAliases: duplicate entries for key [ip="::1"]',
    ],
  ],
  ['an item of a list that is one value', pod({ args: ['a', 'a'] }, { tolerations: [{ key: 'a' }, { key: 'a' }] }), []],
  ['items that have no name', pod({ env: [{ value: '1' }, { value: '2' }] }), []],
])('what stands twice in a list that is merged by item is told: %s', (_, value, told) => {
  expect(duplicateItems(rootAt('V1Pod'), value)).toEqual(told);
});
