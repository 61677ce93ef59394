import { apiVersionOf } from '../../lib/kube/resources.ts';
import { conflict, notFound, objectModified } from '../../lib/kube/status-errors.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { PodSpec, PodStatus } from '../../lib/kube/types.ts';
import { cloneObject, isEqualJson, type ApiObject } from './api-object.ts';
import { CacheEntry } from './cache-entry.ts';
import { selectShown, shownEntry } from './conversion.ts';
import type { Selection } from './selection.ts';
import { cacheKey, type Registry, type Resource } from './registry.ts';
import type { WriteContext } from './request.ts';
import { WriteRequest } from './write-request.ts';

/** Writers that interfere with a delete are outlasted this often. */
const MAX_TRIES = 20;
/** Objects of a collection that are deleted at a time. */
const COLLECTION_WORKERS = 8;
/** The last second of the year 9999: times beyond are not written with four digits for the year. */
const LAST_TIME_MS = 253_402_300_799_000;

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  /** The old spelling of `propagationPolicy: Orphan`. */
  readonly orphanDependents?: boolean | undefined;
  /** Removes also what cannot be read, without looking at finalizers; takes a right of its own. */
  readonly ignoreStoreReadErrorWithClusterBreakingPotential?: boolean | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

export interface DeleteOutcome {
  readonly entry: CacheEntry;
  /** False: it is marked, and somebody has to let go of it first. */
  readonly isGone: boolean;
}

/** Removes an object, or marks it when finalizers or a grace period hold it. Throws 404, and 409 when a precondition does not hold. */
export async function deleteObject(
  registry: Registry,
  resource: Resource,
  at: { readonly namespace: string | undefined; readonly name: string },
  request: DeleteRequest,
  context: WriteContext,
): Promise<DeleteOutcome> {
  const key = cacheKey(at.namespace, at.name);
  const type = resource.definition.resource;
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const problem = request.ignoreStoreReadErrorWithClusterBreakingPotential ? resource.cache.problem(key) : undefined;
    if (problem) {
      const outcome = await removeUnreadable(registry, resource, at, problem.revision, context);
      if (outcome) return outcome;
      continue;
    }
    const current = resource.cache.get(key);
    if (!current) throw notFound(type, at.name);
    checkPreconditions(resource, current, request);
    const { conversion } = resource;
    const shown = conversion ? await shownEntry(conversion, current) : current;
    const admission = new WriteRequest('DELETE', resource, undefined, shown.object, context);
    await admission.validate(registry.plugins);
    const outcome = await tryDelete(registry, resource, current, request, context);
    admission.settle(outcome !== undefined && !context.dryRun);
    if (outcome) return conversion ? { ...outcome, entry: await shownEntry(conversion, outcome.entry) } : outcome;
  }
  throw conflict(type, at.name, objectModified);
}

/** `undefined` when somebody else wrote meanwhile. */
async function removeUnreadable(
  registry: Registry,
  resource: Resource,
  at: { readonly namespace: string | undefined; readonly name: string },
  revision: number,
  context: WriteContext,
): Promise<DeleteOutcome | undefined> {
  const unsafe = { ...context, isUnsafeDeletion: true };
  const admission = new WriteRequest('DELETE', resource, undefined, undefined, unsafe, undefined, at);
  await admission.validate(registry.plugins);
  const key = cacheKey(at.namespace, at.name);
  const removed = context.dryRun || (await registry.commitRemoval(resource, key, revision));
  admission.settle(removed && !context.dryRun);
  const type = resource.definition.resource;
  const known: ApiObject = { apiVersion: apiVersionOf(type), kind: type.kind, metadata: at };
  return removed ? { entry: new CacheEntry(key, revision, known), isGone: true } : undefined;
}

/** Deletes what the selection shows now, each on its own; objects that vanish meanwhile are no error. */
export async function deleteSelected(
  registry: Registry,
  resource: Resource,
  selection: Selection,
  request: DeleteRequest,
  context: WriteContext,
): Promise<readonly CacheEntry[]> {
  const { conversion } = resource;
  const entries = conversion ? await selectShown(conversion, resource, selection) : resource.cache.select(selection);
  const waiting = entries.values();
  const work = async () => {
    for (const { object } of waiting) {
      const { namespace, name = '', uid } = object.metadata;
      try {
        await deleteObject(
          registry,
          resource,
          { namespace, name },
          { ...request, preconditions: uid ? { uid } : {} },
          context,
        );
      } catch (error) {
        const code = (error as { httpStatus?: number }).httpStatus;
        if (code !== 404 && code !== 409) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: COLLECTION_WORKERS }, work));
  return entries;
}

async function tryDelete(
  registry: Registry,
  resource: Resource,
  current: CacheEntry,
  request: DeleteRequest,
  context: WriteContext,
): Promise<DeleteOutcome | undefined> {
  const marked = plan(resource.definition.resource.plural, current.object, request, registry.clock.now());
  if (marked === 'remove') {
    if (!context.dryRun && !(await registry.commitRemoval(resource, current.key, current.revision))) return undefined;
    return { entry: current, isGone: true };
  }
  if (isEqualJson(marked, current.object)) return { entry: current, isGone: false };
  if (context.dryRun) return { entry: new CacheEntry(current.key, current.revision, marked), isGone: false };
  const outcome = await registry.commit(resource, current.key, marked, current.revision);
  return outcome.written ? { entry: outcome.entry, isGone: false } : undefined;
}

/** What a delete makes of an object: it goes at once, or this is how it is marked. */
function plan(plural: string, object: ApiObject, request: DeleteRequest, nowMs: number): 'remove' | ApiObject {
  const finalizers = finalizersAfter(object, request);
  const graceSeconds = graceOf(plural, object, request);
  const isHeld = finalizers.length > 0 || (plural === 'namespaces' && hasSpecFinalizers(object));
  if (!isHeld && graceSeconds === 0) return 'remove';
  const marked = cloneObject(object);
  const { metadata } = marked;
  const already = metadata.deletionTimestamp !== undefined;
  const isShorter = already && graceSeconds < (metadata.deletionGracePeriodSeconds ?? 0);
  if (!already || isShorter) {
    metadata.deletionGracePeriodSeconds = graceSeconds;
    metadata.deletionTimestamp = kubeTime(Math.min(nowMs + graceSeconds * 1000, LAST_TIME_MS));
  }
  if (!already && metadata.generation !== undefined) metadata.generation++;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (plural === 'namespaces') marked['status'] = { ...(marked['status'] as object | undefined), phase: 'Terminating' };
  return marked;
}

function finalizersAfter(object: ApiObject, request: DeleteRequest): string[] {
  const kept = [...(object.metadata.finalizers ?? [])];
  const policy =
    request.propagationPolicy ??
    (request.orphanDependents === true ? 'Orphan' : request.orphanDependents === false ? 'Background' : undefined);
  if (policy === undefined) return kept;
  const others = kept.filter((one) => one !== 'foregroundDeletion' && one !== 'orphan');
  if (policy === 'Foreground') return [...others, 'foregroundDeletion'];
  return policy === 'Orphan' ? [...others, 'orphan'] : others;
}

/** Seconds that the object is given. Only pods take time to end; one that runs nowhere, or has ended, needs none. */
function graceOf(plural: string, object: ApiObject, request: DeleteRequest): number {
  if (plural !== 'pods') return 0;
  const spec = object['spec'] as PodSpec | undefined;
  const status = object['status'] as PodStatus | undefined;
  const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  if (!spec?.nodeName || isOver) return 0;
  const asked = request.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  const seconds = asked < 0 ? 1 : asked;
  const given =
    object.metadata.deletionTimestamp === undefined ? undefined : object.metadata.deletionGracePeriodSeconds;
  return given === undefined ? seconds : Math.min(given, seconds);
}

function hasSpecFinalizers(object: ApiObject): boolean {
  const spec = object['spec'] as { finalizers?: readonly string[] } | undefined;
  return (spec?.finalizers?.length ?? 0) > 0;
}

function checkPreconditions(resource: Resource, current: CacheEntry, request: DeleteRequest): void {
  const { uid, resourceVersion } = request.preconditions ?? {};
  const { metadata } = current.object;
  const type = resource.definition.resource;
  const { group, kind } = type;
  // Upstream names the kind here, and not the resource as in other conflicts.
  const mismatch = (what: string, wanted: string, found: string, why: string) =>
    type.plural === 'namespaces'
      ? conflict(
          type,
          metadata.name ?? '',
          `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
        )
      : conflict(
          { group, plural: kind },
          metadata.name ?? '',
          `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${why}`,
        );
  if (uid !== undefined && uid !== metadata.uid)
    throw mismatch('UID', uid, metadata.uid ?? '', 'deleted and then recreated');
  const revision = String(current.revision);
  if (resourceVersion !== undefined && resourceVersion !== revision)
    throw mismatch('ResourceVersion', resourceVersion, revision, 'modified');
}
