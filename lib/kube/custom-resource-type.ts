import type { ResourceType } from './resources.ts';
import type { CustomResourceDefinition } from './types.ts';

/** The kind that a CustomResourceDefinition defines, in one of its versions. */
export function customResourceType(spec: CustomResourceDefinition['spec'], version: string): ResourceType {
  const { kind, plural, singular, shortNames, categories } = spec.names;
  return {
    group: spec.group,
    version,
    kind,
    plural,
    singular: singular ?? kind.toLowerCase(),
    namespaced: spec.scope === 'Namespaced',
    shortNames: shortNames ?? [],
    categories: categories ?? [],
  };
}
