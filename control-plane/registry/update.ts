import { managedFieldsAfterUpdate } from '../../lib/kube/managed-fields.ts';
import { apiVersionOf } from '../../lib/kube/resources.ts';
import { badRequest, conflict, invalid, notFound, objectModified } from '../../lib/kube/status-errors.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { ObjectMeta } from '../../lib/kube/types.ts';
import { cloneObject, isEqualJson, type ApiObject } from './api-object.ts';
import { CacheEntry } from './cache-entry.ts';
import { shownEntry } from './conversion.ts';
import type { ResourceDefinition } from './definition.ts';
import { createObject } from './create.ts';
import { isDifferentlyWanted, metadataForUpdate } from './metadata.ts';
import { cacheKey, type Registry, type Resource } from './registry.ts';
import type { WriteContext } from './request.ts';
import type { FieldError, PartSubresource } from './strategy.ts';
import { typeRootOf } from './type-root.ts';
import { refuseInvalid, validateObject, WriteRequest } from './write-request.ts';

/** An update that is not tied to a revision is tried again this often when others write at the same time. */
const MAX_TRIES = 20;

export interface UpdateTarget {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource?: 'status' | 'approval' | 'scale' | 'binding' | 'finalize' | PartSubresource | undefined;
}

export interface UpdateOptions {
  readonly createWhenMissing?: boolean;
  /** `change` has set `metadata.managedFields` itself. */
  readonly managesFields?: boolean;
}

/**
 * Replaces an object by what `change` makes of it. `change` is given the present object (frozen) and returns a new one that belongs to the call; it is asked
 * again when the object moved meanwhile, unless the new one names the revision that it replaces: then the answer is 409.
 */
export async function updateObject(
  registry: Registry,
  resource: Resource,
  target: UpdateTarget,
  context: WriteContext,
  change: (current: ApiObject) => ApiObject,
  options: UpdateOptions = {},
): Promise<CacheEntry> {
  const { definition } = resource;
  const key = cacheKey(target.namespace, target.name);
  for (let tries = 1; ; tries++) {
    const stored = resource.cache.get(key);
    if (!stored) {
      if (options.createWhenMissing !== true) throw notFound(definition.resource, target.name);
      const missing = { apiVersion: apiVersionOf(definition.resource), kind: definition.resource.kind, metadata: {} };
      return createObject(registry, resource, target.namespace, change(missing), context, options);
    }
    const current = resource.conversion ? await shownEntry(resource.conversion, stored) : stored;
    const changed = change(current.object);
    checkIdentity(resource, target, changed.metadata, current);
    const isTied = Boolean(changed.metadata.resourceVersion) && changed.metadata.resourceVersion !== '0';
    const isMoved = isOfOlderVersion(resource, stored);
    const entry = await tryUpdate(registry, resource, current, changed, target, context, { ...options, isMoved });
    if (entry) return entry;
    if (isTied || tries >= MAX_TRIES) throw conflict(definition.resource, target.name, objectModified);
  }
}

/** `undefined` when somebody else wrote meanwhile. */
async function tryUpdate(
  registry: Registry,
  resource: Resource,
  current: CacheEntry,
  changed: ApiObject,
  target: UpdateTarget,
  context: WriteContext,
  options: UpdateOptions & { readonly isMoved: boolean },
): Promise<CacheEntry | undefined> {
  const { definition } = resource;
  const { strategy } = definition;
  const old = current.object;
  const object: ApiObject = {
    ...changed,
    apiVersion: apiVersionOf(definition.resource),
    kind: old.kind,
    metadata: metadataForUpdate(changed.metadata, old.metadata),
  };
  const request = new WriteRequest('UPDATE', resource, object, old, context, target.subresource);
  let written = false;
  try {
    strategy.default?.(object);
    if (isStatus(target.subresource)) {
      keepAllButStatus(object, old);
      strategy.prepareForStatusUpdate?.(object, old, registry.clock.now(), target.subresource);
    } else if (target.subresource === 'finalize') {
      keepAllButFinalizers(object, old);
    } else if (isPart(target.subresource)) {
      strategy.subresources?.[target.subresource]?.prepareForUpdate(object, old);
    } else if (target.subresource === undefined) {
      if (definition.hasStatus) keepStatus(object, old);
      strategy.prepareForUpdate?.(object, old);
    }
    await request.admit(registry.plugins);
    shareUnchanged(object, old);
    // A pod's place is found for it: nothing else is wanted of it then.
    const areAnnotationsWanted = strategy.generationCountsAnnotations === true && target.subresource === undefined;
    if (
      definition.hasGeneration &&
      target.subresource !== 'binding' &&
      isDifferentlyWanted(object, old, areAnnotationsWanted)
    ) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
    validateUpdate(resource, object, old, target.subresource, context);
    await request.validate(registry.plugins);
    if (options.managesFields !== true) noteManagers(registry, definition, object, old, target, context);
    // Who changes nothing of what is wanted has heard it before.
    const isWarned = definition.hasGeneration && object.metadata.generation === old.metadata.generation;
    if (strategy.warnings && target.subresource === undefined && !isWarned)
      context.warnings.push(...strategy.warnings(object));
    if (mayGo(definition.resource.plural, object)) return await removeNow(registry, resource, current, object, context);
    if (!options.isMoved && isEqualJson(withoutRevision(object), withoutRevision(old))) return current;
    object.metadata.resourceVersion = String(current.revision);
    const { conversion } = resource;
    const stored = conversion ? await conversion.stored(object) : object;
    if (context.dryRun) return new CacheEntry(current.key, current.revision, object);
    const outcome = await registry.commit(resource, current.key, stored, current.revision);
    if (!outcome.written) return undefined;
    written = true;
    return conversion ? await shownEntry(conversion, outcome.entry) : outcome.entry;
  } finally {
    request.settle(written);
  }
}

/** What is stored in a version that is no longer the one to store is written again by any update, even one that changes nothing. */
function isOfOlderVersion({ conversion }: Resource, { object }: CacheEntry): boolean {
  return conversion !== undefined && object.apiVersion !== conversion.storageVersion;
}

function checkIdentity(resource: Resource, target: UpdateTarget, metadata: ObjectMeta, current: CacheEntry): void {
  const type = resource.definition.resource;
  if (metadata.name && metadata.name !== target.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`);
  }
  if (metadata.namespace && metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const { uid } = current.object.metadata;
  if (metadata.uid && metadata.uid !== uid) {
    throw conflict(
      type,
      target.name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
    );
  }
  const { resourceVersion } = metadata;
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== String(current.revision)) {
    throw conflict(type, target.name, objectModified);
  }
}

/** What an update leaves as it is stays the same frozen value, of which there is one in all states of the object that are kept. */
function shareUnchanged(object: ApiObject, old: ApiObject): void {
  for (const [field, value] of Object.entries(old))
    if (field !== 'metadata' && object[field] !== value && isEqualJson(object[field], value)) object[field] = value;
}

/** A status update changes `status` and metadata only. */
function keepAllButStatus(object: ApiObject, old: ApiObject): void {
  for (const field of Object.keys(object)) if (!(field in old) && field !== 'status') delete object[field];
  for (const [field, value] of Object.entries(old)) {
    if (field !== 'status' && field !== 'metadata') object[field] = value;
  }
  if (old.metadata.ownerReferences) object.metadata.ownerReferences = cloneObject(old.metadata.ownerReferences);
  else delete object.metadata.ownerReferences;
  if (old.metadata.finalizers) object.metadata.finalizers = cloneObject(old.metadata.finalizers);
  else delete object.metadata.finalizers;
}

/** `approval` of a certificate request is the part of its status that decides. */
function isStatus(subresource: string | undefined): subresource is 'status' | 'approval' {
  return subresource === 'status' || subresource === 'approval';
}

function isPart(subresource: UpdateTarget['subresource']): subresource is PartSubresource {
  return subresource === 'ephemeralcontainers' || subresource === 'resize';
}

/** What the `finalize` subresource changes: `spec.finalizers`, the things that a namespace still waits for. */
function keepAllButFinalizers(object: ApiObject, old: ApiObject): void {
  const { finalizers } = (object['spec'] ?? {}) as { finalizers?: readonly string[] };
  for (const field of Object.keys(object)) if (field !== 'metadata') delete object[field];
  const { metadata: _, ...kept } = cloneObject(old);
  Object.assign(object, kept, { spec: { ...(kept['spec'] as object | undefined), finalizers } });
}

function keepStatus(object: ApiObject, old: ApiObject): void {
  if (old['status'] === undefined) delete object['status'];
  else object['status'] = cloneObject(old['status']);
}

function validateUpdate(
  resource: Resource,
  object: ApiObject,
  old: ApiObject,
  subresource: UpdateTarget['subresource'],
  context: WriteContext,
): void {
  const { definition } = resource;
  const added = (object.metadata.finalizers ?? []).filter((one) => !old.metadata.finalizers?.includes(one));
  if (old.metadata.deletionTimestamp && added.length > 0) {
    throw invalid(definition.resource, object.metadata.name ?? '', [
      {
        reason: 'FieldValueForbidden',
        message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`,
        field: 'metadata.finalizers',
      },
    ]);
  }
  if (!isStatus(subresource)) {
    validateObject(resource, object, context, old, (one) => updateErrors(definition, subresource, one, old));
    return;
  }
  const { strategy } = definition;
  refuseInvalid(definition, object, context, (one, warn) => strategy.validateStatusUpdate?.(one, old, warn) ?? []);
}

/** What changes although an update, or one by this subresource, may not change it. */
function updateErrors(
  { strategy }: ResourceDefinition,
  subresource: UpdateTarget['subresource'],
  object: ApiObject,
  old: ApiObject,
): readonly FieldError[] {
  if (isPart(subresource)) return strategy.subresources?.[subresource]?.validateUpdate(object, old) ?? [];
  // Binding a pod and finalizing a namespace change what an ordinary update may not.
  if (subresource === 'binding' || subresource === 'finalize') return [];
  return strategy.validateUpdate?.(object, old) ?? [];
}

/** Being deleted, with nothing left that holds it. A pod goes when its agent says so (grace period 0), a namespace when it is finalized. */
function mayGo(plural: string, object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if (plural === 'namespaces') {
    const spec = object['spec'] as { finalizers?: readonly string[] } | undefined;
    return (spec?.finalizers?.length ?? 0) === 0;
  }
  return (deletionGracePeriodSeconds ?? 0) === 0;
}

async function removeNow(
  registry: Registry,
  resource: Resource,
  current: CacheEntry,
  object: ApiObject,
  context: WriteContext,
): Promise<CacheEntry | undefined> {
  const last = new CacheEntry(current.key, current.revision, {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(current.revision) },
  });
  if (context.dryRun) return last;
  return (await registry.commitRemoval(resource, current.key, current.revision)) ? last : undefined;
}

/** Once fields of an object are managed, every update says who changed what. A client that sends an empty list wipes the account. */
function noteManagers(
  registry: Registry,
  definition: ResourceDefinition,
  object: ApiObject,
  old: ApiObject,
  target: UpdateTarget,
  context: WriteContext,
): void {
  const isWiped = object.metadata.managedFields?.length === 0;
  delete object.metadata.managedFields;
  if (!old.metadata.managedFields?.length || isWiped) return;
  object.metadata.managedFields = managedFieldsAfterUpdate(typeRootOf(definition, object.apiVersion), old, object, {
    manager: context.fieldManager,
    apiVersion: object.apiVersion,
    subresource: target.subresource,
    time: kubeTime(registry.clock.now()),
  });
}

function withoutRevision(object: ApiObject): ApiObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** `change` for a plain PUT: the body as sent. */
export function replacement(body: ApiObject): (current: ApiObject) => ApiObject {
  return () => ({ ...cloneObject(body), metadata: cloneObject(body.metadata ?? {}) });
}
