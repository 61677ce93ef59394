import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import type { ApiObject } from './api-object.ts';
import type { CustomVersion } from './custom/custom-version.ts';
import type { Strategy } from './strategy.ts';
import type { Column } from './columns/column.ts';

/** Where the `scale` subresource of a kind reads and writes. */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** Text form of the selector. */
  readonly selector: (object: ApiObject) => string;
}

/** What field selectors may ask for, and where in the stored object the value is. */
export type SelectableFields = Readonly<Record<string, string | ((object: ApiObject) => string)>>;

/** Another group or version under which the same objects are served. */
export interface ResourceView {
  readonly resource: ResourceType;
  /** Absent where the registry itself converts: versions of custom kinds. */
  readonly toView?: (object: ApiObject) => ApiObject;
  readonly fromView?: (object: ApiObject) => ApiObject;
  /** Where fields have other names; those of the kind if absent. */
  readonly selectableFields?: SelectableFields;
}

/** One kind of stored object: everything that the generic path, discovery and tables need to know. */
export interface ResourceDefinition {
  readonly resource: ResourceType;
  readonly strategy: Strategy;
  readonly columns: readonly Column[];
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths | undefined;
  /** `metadata.generation` counts changes of what is wanted. */
  readonly hasGeneration: boolean;
  /** Field selectors beside `metadata.name` and `metadata.namespace`: where the value is. */
  readonly selectableFields: SelectableFields;
  /** A delete answers with the object, not with a Status. */
  readonly returnsDeleted: boolean;
  /** Further subresources, for discovery: `pods/log` and the like. */
  readonly subresources: readonly SubresourceRow[];
  readonly views: readonly ResourceView[];
  /** Said to whoever asks for the kind. */
  readonly deprecation?: string | undefined;
  /** Updates of an object that is not there create it. */
  readonly createsOnUpdate: boolean;
  /** A client's PUT must name the revision that it replaces: nobody writes over what somebody else has just written. */
  readonly requiresRevision: boolean;
  /** Set for kinds that a CustomResourceDefinition defines: every version that is served, by its `group/version`. */
  readonly custom?: ReadonlyMap<string, CustomVersion> | undefined;
  /** Fills in what is stored without it; writes to the object, and says whether it did. */
  readonly fromStorage?: ((object: ApiObject) => boolean) | undefined;
}

export interface SubresourceRow {
  readonly name: string;
  readonly kind: string;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly verbs: readonly string[];
}

/** A custom kind may be stored in a version that is not served. */
export function isOwnVersionServed({ resource, custom }: ResourceDefinition): boolean {
  return custom === undefined || custom.has(apiVersionOf(resource));
}
