import { isAlreadyExists, type KubeClient } from '../../lib/kube/client.ts';
import * as resources from '../../lib/kube/resources.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject } from '../../lib/kube/types.ts';
import { VigilError } from '../../lib/errors.ts';

/** `create` leaves an object alone that is there; `update` merges ours into it. */
export type IfPresent = 'leave' | 'merge';

/** Makes `objects` in order. Names, not contents, decide what is there already. */
export async function applyObjects(
  client: KubeClient,
  objects: readonly KubeObject[],
  ifPresent: IfPresent,
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    const resource = resourceOf(object);
    const placed = resource.namespaced ? { ...object, metadata: { namespace: 'default', ...object.metadata } } : object;
    try {
      await client.create(resource, placed, { fieldManager: 'kctl' }, signal);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      if (ifPresent === 'leave') continue;
      const key = { namespace: placed.metadata?.namespace, name: placed.metadata?.name ?? '' };
      await client.patch(resource, key, 'merge', placed, { fieldManager: 'kctl' }, signal);
    }
  }
}

function resourceOf(object: KubeObject): ResourceType {
  const known = Object.values(resources).filter(
    (row): row is ResourceType => typeof row === 'object' && 'plural' in row,
  );
  const found = known.find((row) => row.kind === object.kind && resources.apiVersionOf(row) === object.apiVersion);
  if (!found) {
    throw new VigilError(
      'UNKNOWN_KIND',
      'bug',
      `no resource for ${object.apiVersion} ${object.kind} ${object.metadata?.name}`,
    );
  }
  return found;
}
