import type { ApiObject } from './api-object.ts';
import type { CacheEntry } from './cache-entry.ts';

export interface PatchOutcome {
  readonly entry: CacheEntry;
  readonly wasCreated: boolean;
}

/** How a client that patches sees the object: a patch is applied to what is shown, and what is stored is made from the result. */
export interface PatchedShape {
  readonly apiVersion: string;
  shown(object: ApiObject): ApiObject;
  stored(object: ApiObject): ApiObject;
}
