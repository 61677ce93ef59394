import { conflict, invalid, notFound, objectModified, pathNotFound } from '../../lib/kube/status-errors.ts';
import { cloneObject, type ApiObject } from './api-object.ts';
import type { CacheEntry } from './cache-entry.ts';
import { entryOf } from './list.ts';
import type { Registry, Resource } from './registry.ts';
import { namesRevision, patched, type Patch } from './patch.ts';
import type { WriteContext } from './request.ts';
import { updateObject } from './update.ts';

interface Target {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** An object as `autoscaling/v1` Scale. */
function scaleOf(resource: Resource, entry: CacheEntry): ApiObject {
  const paths = resource.definition.scale;
  if (!paths) throw pathNotFound();
  const { object } = entry;
  const { name, namespace, uid, creationTimestamp } = object.metadata;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion: String(entry.revision), creationTimestamp },
    spec: { replicas: numberAt(object, paths.specReplicas) },
    status: { replicas: numberAt(object, paths.statusReplicas), selector: paths.selector(object) },
  };
}

export async function readScale(resource: Resource, at: Target): Promise<ApiObject> {
  const entry = await entryOf(resource, at.namespace, at.name);
  if (!entry) throw notFound(resource.definition.resource, at.name);
  return scaleOf(resource, entry);
}

/** Sets the wanted number of replicas; tied to a revision when the Scale names one. */
export async function writeScale(
  registry: Registry,
  resource: Resource,
  at: Target,
  scale: ApiObject,
  context: WriteContext,
): Promise<ApiObject> {
  const paths = resource.definition.scale;
  if (!paths) throw pathNotFound();
  const replicas = (scale['spec'] as { replicas?: unknown } | undefined)?.replicas ?? 0;
  // A custom kind's own rules say how many are too few.
  const isTooFew = Number(replicas) < 0 && resource.definition.custom === undefined;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || isTooFew) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, at.name, [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`,
        field: 'spec.replicas',
      },
    ]);
  }
  const expected = scale.metadata?.resourceVersion;
  const entry = await updateObject(registry, resource, { ...at, subresource: undefined }, context, (current) => {
    if (expected && expected !== current.metadata.resourceVersion) {
      throw conflict(resource.definition.resource, at.name, objectModified);
    }
    const changed = cloneObject(current);
    setAt(changed, paths.specReplicas, replicas);
    if (!expected) delete changed.metadata.resourceVersion;
    return changed;
  });
  return scaleOf(resource, entry);
}

/** Changes the Scale of a workload by a patch and writes what becomes of it. */
export async function patchScale(
  registry: Registry,
  resource: Resource,
  at: Target,
  patch: Patch,
  context: WriteContext,
): Promise<ApiObject> {
  const scale = patched(await readScale(resource, at), patch);
  if (!namesRevision(patch)) delete scale.metadata.resourceVersion;
  return writeScale(registry, resource, at, scale, context);
}

function numberAt(object: ApiObject, path: string): number {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  return typeof value === 'number' ? value : 0;
}

function setAt(object: ApiObject, path: string, value: number): void {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let parent: Record<string, unknown> = object;
  for (const part of parts) parent = (parent[part] ??= {}) as Record<string, unknown>;
  parent[last] = value;
}
