import type { ApiObject } from '../registry/api-object.ts';
import { ageColumn, nameColumn } from '../registry/columns/column.ts';
import type { Column, ResourceDefinition } from '../registry/definition.ts';

export type IncludeObject = 'Metadata' | 'None' | 'Object';

const fallbackColumns: readonly Column[] = [nameColumn, ageColumn];

/** Objects as `meta.k8s.io` Table rows: what `kubectl get` prints. `definitions` of columns are sent only with the first part of a watch. */
export function tableOf(
  definition: ResourceDefinition,
  objects: readonly ApiObject[],
  options: {
    readonly version: string;
    readonly nowMs: number;
    readonly includeObject: IncludeObject;
    readonly metadata: object;
    readonly withColumns: boolean;
  },
): object {
  const columns = definition.columns.length > 0 ? definition.columns : fallbackColumns;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata,
    columnDefinitions: options.withColumns
      ? columns.map(({ name, type, format = '', description, priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(object, options.nowMs)),
      ...(options.includeObject === 'None'
        ? {}
        : { object: options.includeObject === 'Object' ? object : partialMetadata(object, options.version) }),
    })),
  };
}

export function partialMetadata(object: ApiObject, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}
