import { createHash } from 'node:crypto';
import type { Container } from '../../lib/kube/types.ts';

const hashes = new WeakMap<Container, string>();

/**
 * Of the fields whose change means that the container must be made anew. Only the image may change in a pod that exists, so that is all that counts: a hash over
 * more would restart everything when a later agent fills in another default.
 */
export function containerSpecHash(container: Container): string {
  const known = hashes.get(container);
  if (known !== undefined) return known;
  const hash = createHash('sha256')
    .update(`${container.name}\n${container.image ?? ''}`)
    .digest('hex')
    .slice(0, 16);
  hashes.set(container, hash);
  return hash;
}
