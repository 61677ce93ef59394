import type { KubeObject, StorageClass } from './types.ts';

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';

/** Whether a StorageClass is said to be the one for claims that name none. */
export function isDefaultClass({ metadata }: KubeObject): boolean {
  return metadata?.annotations?.[defaultClassAnnotation] === 'true';
}

/** The class for claims that name none: the newest of those that are marked, then the first by name; `undefined` when none is. */
export function defaultClassOf(classes: Iterable<StorageClass>): StorageClass | undefined {
  const made = (one: StorageClass) => Date.parse(one.metadata?.creationTimestamp ?? '') || 0;
  const name = (one: StorageClass) => one.metadata?.name ?? '';
  return [...classes]
    .filter((one) => isDefaultClass(one) && one.metadata?.deletionTimestamp === undefined)
    .toSorted((a, b) => made(b) - made(a) || (name(a) < name(b) ? -1 : 1))[0];
}
