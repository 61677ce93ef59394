import type { KubeClient } from '../../lib/kube/client.ts';
import { isNotFound } from '../../lib/kube/client.ts';
import { keyOf, splitKey } from '../../lib/kube/object-key.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject, OwnerReference } from '../../lib/kube/types.ts';

/**
 * Whether an owner may still adopt: asked of the API, for a cache may not know yet that the owner is being deleted, and what a dying owner adopts is
 * garbage-collected with it.
 */
export async function mayAdopt<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  owner: T,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const now = await client.get(resource, splitKey(keyOf(owner)), signal);
    return now.metadata?.uid === owner.metadata?.uid && now.metadata?.deletionTimestamp === undefined;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Writes an owner reference into an object. The resource version makes it fail when somebody else changed the object meanwhile. */
export async function adopt<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  object: T,
  reference: OwnerReference,
  signal: AbortSignal,
): Promise<T> {
  const ownerReferences = [...(object.metadata?.ownerReferences ?? []), reference];
  return patchReferences(client, resource, object, ownerReferences, signal);
}

/** Takes an owner's reference out of an object; `undefined` when the object is gone. */
export async function release<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  object: T,
  ownerUid: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  const ownerReferences = (object.metadata?.ownerReferences ?? []).filter(({ uid }) => uid !== ownerUid);
  try {
    return await patchReferences(client, resource, object, ownerReferences, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function patchReferences<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  object: T,
  ownerReferences: readonly OwnerReference[],
  signal: AbortSignal,
): Promise<T> {
  const { uid, resourceVersion } = object.metadata ?? {};
  return client.patch(
    resource,
    splitKey(keyOf(object)),
    'merge',
    { metadata: { uid, resourceVersion, ownerReferences } },
    {},
    signal,
  );
}
