import { expect, it } from 'vitest';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import { customResourceDefinitionStrategy } from './custom-resource-definition.ts';

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: 'object' } },
});

const widgets = (...versions: ReturnType<typeof version>[]): CustomResourceDefinition => ({
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    conversion: { strategy: 'None' },
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions,
  },
});

const stored = (crd: CustomResourceDefinition, storedVersions: string[]): CustomResourceDefinition => ({
  ...crd,
  status: { storedVersions },
});

function updated(next: CustomResourceDefinition, old: CustomResourceDefinition) {
  const crd = structuredClone({ ...next, status: old.status });
  customResourceDefinitionStrategy.prepareForUpdate?.(crd, old);
  const errors = customResourceDefinitionStrategy.validate?.(crd, old) ?? [];
  return { stored: crd.status?.storedVersions, errors: errors.map(({ field, message }) => `${field}: ${message}`) };
}

it('takes on another version to store in, and keeps the last one', () => {
  const old = stored(widgets(version('v1', true)), ['v1']);
  const next = widgets(version('v1', false), version('v2', true));
  expect(updated(next, old)).toEqual({ stored: ['v1', 'v2'], errors: [] });
});

it('keeps a version in which something may be stored', () => {
  const old = stored(widgets(version('v1', true)), ['v1']);
  expect(updated(widgets(version('v2', true)), old).errors).toEqual([
    'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
  ]);
});

it('names the places of short names and categories', () => {
  const crd = stored(widgets(version('v1', true)), ['v1']);
  crd.spec.names = { ...crd.spec.names, shortNames: ['W'], categories: ['all', 'X'] };
  const fields = customResourceDefinitionStrategy.validate?.(crd)?.map(({ field }) => field);
  expect(fields).toEqual(['spec.names.shortNames[0]', 'spec.names.categories[1]']);
});
