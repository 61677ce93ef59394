import { isGone, type KubeClient, type ListOptions } from '../../lib/kube/client.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject } from '../../lib/kube/types.ts';

/**
 * Lists and watches until `met` is true of the objects there (by `namespace/name`). A watch that ends is continued, one that is
 * too old begins again with a list. Rejects with the signal's reason.
 */
export async function watchUntil<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  selection: ListOptions,
  met: (objects: ReadonlyMap<string, T>) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    for (;;) {
      signal.throwIfAborted();
      const list = await client.list(resource, selection, signal);
      const objects = new Map(list.items.map((item) => [keyOf(item), item]));
      if (met(objects)) return;
      if (await watchOnce(client, resource, selection, objects, list.metadata.resourceVersion, met, either)) return;
    }
  } finally {
    ended.abort();
  }
}

async function watchOnce<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  selection: ListOptions,
  objects: Map<string, T>,
  resourceVersion: string,
  met: (objects: ReadonlyMap<string, T>) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, labelSelector, fieldSelector } = selection;
  try {
    const events = client.watch(resource, { namespace, labelSelector, fieldSelector, resourceVersion }, signal);
    for await (const event of events) {
      if (event.type === 'BOOKMARK' || event.type === 'ERROR') continue;
      if (event.type === 'DELETED') objects.delete(keyOf(event.object));
      else objects.set(keyOf(event.object), event.object);
      if (met(objects)) return true;
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return false;
}

function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}
