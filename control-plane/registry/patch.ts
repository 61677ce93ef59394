import type { PatchType } from '../../lib/kube/client.ts';
import { applyJsonPatch } from '../../lib/kube/json-patch.ts';
import { applyMergePatch } from '../../lib/kube/merge-patch.ts';
import { PatchError } from '../../lib/kube/patch-error.ts';
import { quoted } from '../../lib/kube/quoted.ts';
import { apiVersionOf } from '../../lib/kube/resources.ts';
import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import { badRequest, invalid, statusError } from '../../lib/kube/status-errors.ts';
import { applyStrategicMergePatch } from '../../lib/kube/strategic-merge-patch.ts';
import { applyObject } from './apply.ts';
import { cloneObject, type ApiObject } from './api-object.ts';
import type { Registry, Resource } from './registry.ts';
import type { WriteContext } from './request.ts';
import { updateObject, type UpdateTarget } from './update.ts';
import type { PatchOutcome, PatchedShape } from './patched-shape.ts';

export interface Patch {
  readonly type: PatchType;
  readonly body: unknown;
  /** With `apply`: take over fields that others manage. */
  readonly force: boolean;
}

/** Changes an object by a patch of any of the four kinds; `apply` creates what is not there. The body of an apply belongs to the call. */
export async function patchObject(
  registry: Registry,
  resource: Resource,
  target: UpdateTarget,
  patch: Patch,
  context: WriteContext,
  shape: PatchedShape = ownShape(resource),
): Promise<PatchOutcome> {
  if (patch.type === 'apply') {
    if (typeof patch.body !== 'object' || patch.body === null) throw badRequest('the configuration must be an object');
    const config = { ...patch.body } as ApiObject;
    config.metadata = { ...config.metadata };
    return applyObject(registry, resource, target, config, patch.force, context, shape);
  }
  const entry = await updateObject(registry, resource, target, context, (current) => {
    const shown = shape.shown(current);
    const object = patched(shown, patch);
    checkIdentity(object, shown);
    if (!namesRevision(patch)) delete object.metadata.resourceVersion;
    return shape.stored(object);
  });
  return { entry, wasCreated: false };
}

function ownShape(resource: Resource): PatchedShape {
  return {
    apiVersion: apiVersionOf(resource.definition.resource),
    shown: (object) => object,
    stored: (object) => object,
  };
}

/** What a patch makes of an object: a new one that belongs to the call. Throws 400, 413, 415 and 422. */
export function patched(current: ApiObject, patch: Patch): ApiObject {
  try {
    const result = applyPatch(current, patch);
    if (typeof result !== 'object' || result === null || Array.isArray(result)) {
      throw new PatchError('unprocessable', 'the patch does not leave an object');
    }
    // The result shares parts with the frozen object that it came from.
    const object = cloneObject(result) as ApiObject;
    object.metadata ??= {};
    return object;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw refusalOf(error);
  }
}

function applyPatch(current: ApiObject, { type, body }: Patch): unknown {
  if (type === 'json') return applyJsonPatch(current, body);
  if (type !== 'merge') return applyStrategicMergePatch(typeNameOf(current.apiVersion, current.kind), current, body);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new PatchError('invalid', 'a merge patch must be an object');
  return applyMergePatch(current, body);
}

function refusalOf({ kind, message }: PatchError): Error {
  if (kind === 'tooLarge') return statusError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`);
  if (kind === 'invalid') return badRequest(message);
  // Upstream keeps the reason to itself, and kubectl would show a cause in place of the message.
  return statusError(422, 'Invalid', 'the server rejected our request due to an error in our request');
}

function typeNameOf(apiVersion: string, kind: string): string {
  const name = typeOfKind(apiVersion, kind);
  if (name === undefined)
    throw statusError(415, 'UnsupportedMediaType', `strategic merge patches are not supported for ${kind}`);
  return name;
}

/** What names the object cannot be patched; the kind may be left out. */
function checkIdentity(object: ApiObject, current: ApiObject): void {
  object.apiVersion ||= current.apiVersion;
  object.kind ||= current.kind;
  const { name = '', uid } = current.metadata;
  if (object.apiVersion !== current.apiVersion || object.kind !== current.kind) {
    const problem = `no kind "${object.kind}" is registered for version "${object.apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
    throw invalid({ group: '', kind: '' }, '', [
      { reason: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${problem}` },
    ]);
  }
  if (!object.metadata.name)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (object.metadata.uid && object.metadata.uid !== uid) {
    const message = `Invalid value: ${quoted(object.metadata.uid)}: field is immutable`;
    throw invalid({ group: groupOf(current.apiVersion), kind: current.kind }, name, [
      { reason: 'FieldValueInvalid', field: 'metadata.uid', message },
    ]);
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : '';
}

/** A patch that sets `metadata.resourceVersion` is compare-and-swap; others are tried again on whatever is there. */
export function namesRevision(patch: Patch): boolean {
  if (patch.type === 'json') {
    return (patch.body as readonly { path?: unknown }[]).some(
      (operation) => operation.path === '/metadata/resourceVersion',
    );
  }
  const metadata = (patch.body as { metadata?: { resourceVersion?: unknown } } | null)?.metadata;
  return metadata?.resourceVersion !== undefined && metadata.resourceVersion !== null;
}
