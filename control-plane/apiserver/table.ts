import type { ApiObject } from '../registry/api-object.ts';
import type { Column } from '../registry/columns/column.ts';

export type IncludeObject = 'Metadata' | 'None' | 'Object';

/** Something that says its own kind, and so how it is written. */
export interface KindedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Objects as `meta.k8s.io` Table rows: what `kubectl get` prints. `definitions` of columns are sent only with the first part of a watch. */
export function tableOf(
  columns: readonly Column[],
  objects: readonly ApiObject[],
  options: {
    readonly version: string;
    readonly nowMs: number;
    readonly includeObject: IncludeObject;
    readonly metadata: object;
    readonly withColumns: boolean;
  },
): KindedObject {
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

export function partialMetadata(object: ApiObject, version: string): KindedObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}
