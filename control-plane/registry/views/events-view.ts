import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { ApiObject } from '../api-object.ts';
import type { ResourceView } from '../definition.ts';

/** Members whose names differ between `v1` (stored) and `events.k8s.io/v1`. */
const renamed: readonly (readonly [stored: string, shown: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

const eventsResource: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  namespaced: true,
  shortNames: ['ev'],
  categories: [],
};

/** Events under `events.k8s.io/v1`: the same objects with other names for some members. */
export const eventsView: ResourceView = {
  resource: eventsResource,
  toView: (object) => rename(object, 'events.k8s.io/v1', new Map(renamed)),
  fromView: (object) => rename(object, 'v1', new Map(renamed.map(([stored, shown]) => [shown, stored]))),
};

function rename(object: ApiObject, apiVersion: string, names: ReadonlyMap<string, string>): ApiObject {
  const entries = Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]);
  return { ...(Object.fromEntries(entries) as ApiObject), apiVersion };
}
