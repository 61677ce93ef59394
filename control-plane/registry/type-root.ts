import type { TypeRoot } from '../../lib/kube/merge-shape.ts';
import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import type { ResourceDefinition } from './definition.ts';

/** The type by which objects of a kind are merged, as it is served under `apiVersion`. */
export function typeRootOf(definition: ResourceDefinition, apiVersion: string): TypeRoot {
  return definition.custom?.get(apiVersion)?.type ?? typeOfKind(apiVersion, definition.resource.kind);
}
