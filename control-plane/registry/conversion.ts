import type { ApiObject } from './api-object.ts';
import type { CacheEntry } from './cache-entry.ts';
import type { ObjectCache } from './object-cache.ts';
import type { Selection } from './selection.ts';

/** How one version of a kind is made of what is stored, and what is stored of it. All throw a `KubeApiError` when that fails. */
export interface Conversion {
  /** Version in which objects are written to the store: `stable.example.com/v2`. What is stored may be of an older one. */
  readonly storageVersion: string;
  /** The same states in this version and in the same order; states that are of it already are passed through. */
  shown(entries: readonly CacheEntry[]): Promise<readonly CacheEntry[]>;
  stored(object: ApiObject): Promise<ApiObject>;
  /** An object of any version in this one. */
  converted(object: ApiObject): Promise<ApiObject>;
}

/** A state in the version of the resource. Where nothing is converted the caller does not wait: asks `resource.conversion` first. */
export async function shownEntry(conversion: Conversion, entry: CacheEntry): Promise<CacheEntry> {
  const [shown] = await conversion.shown([entry]);
  return shown ?? entry;
}

/** What a selection selects, in the version of the resource: selectors speak of what clients of that version see. */
export async function selectShown(
  conversion: Conversion,
  { cache }: { readonly cache: ObjectCache },
  selection: Selection,
): Promise<readonly CacheEntry[]> {
  const shown = await conversion.shown([...cache.all(selection.namespace)]);
  return selection.isEverything ? shown : shown.filter((entry) => selection.matches(entry.object));
}
