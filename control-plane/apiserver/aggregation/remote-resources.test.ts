import { expect, test } from 'vitest';
import { openapiLocation, resourcesOfAggregated, resourcesOfList } from './remote-resources.ts';

const at = { group: 'wardle.example.com', version: 'v1' };
const flunders = {
  name: 'flunders',
  kind: 'Flunder',
  singular: 'flunder',
  namespaced: true,
  verbs: ['get', 'list'],
  shortNames: ['fl'],
  categories: [],
  subresources: [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get'] }],
};

test('both shapes of discovery say the same', () => {
  const list = {
    kind: 'APIResourceList',
    groupVersion: 'wardle.example.com/v1',
    resources: [
      {
        name: 'flunders',
        singularName: 'flunder',
        namespaced: true,
        kind: 'Flunder',
        verbs: ['get', 'list'],
        shortNames: ['fl'],
      },
      { name: 'flunders/scale', namespaced: true, kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get'] },
    ],
  };
  const aggregated = {
    kind: 'APIGroupDiscoveryList',
    items: [
      { metadata: { name: 'other.example.com' }, versions: [] },
      {
        metadata: { name: 'wardle.example.com' },
        versions: [
          {
            version: 'v1',
            resources: [
              {
                resource: 'flunders',
                singularResource: 'flunder',
                scope: 'Namespaced',
                responseKind: { ...at, kind: 'Flunder' },
                verbs: ['get', 'list'],
                shortNames: ['fl'],
                subresources: [
                  {
                    subresource: 'scale',
                    responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
                    verbs: ['get'],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
  expect(resourcesOfList(list, at)).toEqual([flunders]);
  expect(resourcesOfAggregated(aggregated, at)).toEqual([flunders]);
  expect(resourcesOfAggregated(aggregated, { ...at, version: 'v2' })).toBeUndefined();
});

test('a kind of another group keeps it', () => {
  const row = { name: 'scales', kind: 'Scale', group: 'autoscaling', version: 'v1', namespaced: false, verbs: ['get'] };
  expect(resourcesOfList({ resources: [row] }, at)).toMatchObject([{ kindGroup: 'autoscaling', kindVersion: 'v1' }]);
});

test('documents are where they are asked for, or not told of', () => {
  const located = (serverRelativeURL: unknown) =>
    openapiLocation({ paths: { 'apis/wardle.example.com/v1': { serverRelativeURL } } }, at);
  const location = '/openapi/v3/apis/wardle.example.com/v1?hash=A';
  expect(located(location)).toBe(location);
  expect(located('https://example.com/openapi')).toBeUndefined();
  expect(located('/openapi/v3/apis/apps/v1?hash=A')).toBeUndefined();
  expect(openapiLocation({}, at)).toBeUndefined();
});

test.each([
  undefined,
  'text',
  7,
  [],
  { resources: 'none' },
  { items: [null, 7, { versions: 1 }] },
  { resources: [{}] },
])('nothing is made of %j', (body) => {
  expect(resourcesOfList(body, at)).toEqual([]);
  expect(resourcesOfAggregated(body, at)).toBeUndefined();
});
