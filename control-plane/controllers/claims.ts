import { controllerOf } from '../../lib/kube/owner.ts';
import type { KubeObject } from '../../lib/kube/types.ts';

/** Which of the candidates an owner has, may take, and must give up. */
interface Claims<T extends KubeObject> {
  readonly owned: readonly T[];
  readonly adopt: readonly T[];
  readonly release: readonly T[];
}

/**
 * Decides by controller reference and labels: what refers to the owner and matches is owned; what refers to it and no longer matches is released;
 * what matches and belongs to nobody is adopted. An owner that is being deleted takes and gives up nothing.
 */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  candidates: Iterable<T>,
  matches: (object: T) => boolean,
): Claims<T> {
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  const ending = owner.metadata?.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const reference = controllerOf(object);
    if (reference) {
      if (reference.uid !== owner.metadata?.uid) continue;
      if (ending || matches(object)) owned.push(object);
      else release.push(object);
    } else if (!ending && object.metadata?.deletionTimestamp === undefined && matches(object)) {
      adopt.push(object);
    }
  }
  return { owned, adopt, release };
}
