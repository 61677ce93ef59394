import { expect, test } from 'vitest';
import type { DiscoveredResource } from '../discovered.ts';
import { followedKinds } from './remote-kinds.ts';

const resource = (name: string, verbs: readonly string[]): DiscoveredResource => ({
  name,
  kind: name.toUpperCase(),
  singular: name,
  namespaced: true,
  verbs,
  shortNames: [],
  categories: [],
  subresources: [],
});
const all = ['get', 'list', 'watch', 'delete'];

test('kinds are followed in the version that is preferred, when they can be', () => {
  const versions = [
    { group: 'a.example.com', version: 'v1alpha1', resources: [resource('cats', all), resource('dogs', all)] },
    { group: 'a.example.com', version: 'v1', resources: [resource('cats', all), resource('metrics', ['get', 'list'])] },
    { group: 'b.example.com', version: 'v1', resources: [resource('cats', all)] },
  ];
  const kinds = (alpha: number) =>
    followedKinds({
      versions: () => versions,
      priorityOf: (_, version) => ({ group: 1, version: version === 'v1alpha1' ? alpha : 10 }),
    }).map(({ group, version, plural }) => `${plural}.${version}.${group}`);
  expect(kinds(10)).toEqual(['cats.v1.a.example.com', 'cats.v1.b.example.com', 'dogs.v1alpha1.a.example.com']);
  expect(kinds(20)).toEqual(['cats.v1alpha1.a.example.com', 'dogs.v1alpha1.a.example.com', 'cats.v1.b.example.com']);
});
