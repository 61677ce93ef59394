import type { ApiPriority } from './aggregation/routes.ts';

export interface DiscoveredSubresource {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

export interface DiscoveredResource {
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  /** Of the kind, where another server says that it is not the resource's own. */
  readonly kindGroup?: string | undefined;
  readonly kindVersion?: string | undefined;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly DiscoveredSubresource[];
}

export interface DiscoveredVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly DiscoveredResource[];
  /** What a server said that does not answer at present. */
  readonly isStale?: boolean | undefined;
}

/** What other servers answer under this API. */
export interface RemoteGroups {
  /** Changes with what the others say. */
  readonly version: number;
  versions(): readonly DiscoveredVersion[];
  /** What an APIService says about a group version, also about one that is answered here. */
  priorityOf(group: string, version: string): ApiPriority | undefined;
}
