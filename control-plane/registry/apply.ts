import { ApplyConflict, serverSideApply } from '../../lib/kube/server-side-apply.ts';
import { badRequest, conflict, statusError } from '../../lib/kube/status-errors.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import { cloneObject, type ApiObject } from './api-object.ts';
import type { PatchedShape, PatchOutcome } from './patched-shape.ts';
import { cacheKey, type Registry, type Resource } from './registry.ts';
import type { WriteContext } from './request.ts';
import { typeRootOf } from './type-root.ts';
import { updateObject, type UpdateTarget } from './update.ts';

/** Server-side apply: makes the object, or lays the configuration over it and keeps account of who manages which field. Throws 409 for fields of others. */
export async function applyObject(
  registry: Registry,
  resource: Resource,
  target: UpdateTarget,
  config: ApiObject,
  isForced: boolean,
  context: WriteContext,
  shape: PatchedShape,
): Promise<PatchOutcome> {
  checkConfig(resource, target, config, shape.apiVersion);
  const wasThere = resource.cache.get(cacheKey(target.namespace, target.name)) !== undefined;
  if (!wasThere && config.metadata.uid)
    throw conflict(
      resource.definition.resource,
      target.name,
      `uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`,
    );
  const root = typeRootOf(resource.definition, shape.apiVersion);
  const options = {
    manager: context.fieldManager,
    apiVersion: shape.apiVersion,
    subresource: target.subresource,
    time: kubeTime(registry.clock.now()),
    force: isForced,
  };
  const entry = await updateObject(
    registry,
    resource,
    target,
    context,
    (current) => {
      const live = current.metadata.uid === undefined ? undefined : shape.shown(current);
      const applied = cloneObject(apply(root, live, config, options));
      if (config.metadata.resourceVersion === undefined) delete applied.metadata.resourceVersion;
      return shape.stored(applied);
    },
    { createWhenMissing: target.subresource === undefined, managesFields: true },
  );
  return { entry, wasCreated: !wasThere };
}

function apply(...args: Parameters<typeof serverSideApply<ApiObject>>): ApiObject {
  try {
    return serverSideApply(...args);
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error;
    throw statusError(409, 'Conflict', error.message, { causes: error.causes });
  }
}

function checkConfig(resource: Resource, target: UpdateTarget, config: ApiObject, apiVersion: string): void {
  const { kind } = resource.definition.resource;
  if (config.apiVersion !== apiVersion || config.kind !== kind) {
    throw badRequest(
      `the configuration must be of ${apiVersion}, Kind=${kind}, got ${config.apiVersion}, Kind=${config.kind}`,
    );
  }
  const { name, namespace, managedFields } = config.metadata;
  if (managedFields?.length) throw badRequest('metadata.managedFields must be nil');
  if (name !== undefined && name !== target.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  }
  if (namespace !== undefined && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  config.metadata.name = target.name;
}
