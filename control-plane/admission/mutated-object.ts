import { decodeAs } from '../../lib/kube/schema.ts';
import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import type { AdmissionRequest } from '../registry/admission.ts';
import { cloneObject, type ApiObject } from '../registry/api-object.ts';
import { prune } from '../registry/custom/prune.ts';

/**
 * Makes the request's object what a webhook or a policy made of it: fields that the kind does not have are left out, and what was left out is filled in. The
 * object stays the same one, for whoever holds it; its kind and identity are nobody's to change. Throws an `Error` for values that do not fit their fields.
 */
export function replaceObject(request: AdmissionRequest, object: ApiObject, by: ApiObject): void {
  const { apiVersion, kind } = object;
  const { name, namespace, uid, creationTimestamp } = object.metadata;
  const isConnect = request.operation === 'CONNECT';
  const known = cloneObject(isConnect ? by : knownFields(request, { ...by, apiVersion, kind }));
  for (const field of Object.keys(object)) delete object[field];
  const identity = Object.entries({ name, namespace, uid, creationTimestamp }).filter(
    ([, value]) => value !== undefined,
  );
  Object.assign(object, known, { apiVersion, kind, metadata: { ...known.metadata, ...Object.fromEntries(identity) } });
  if (!isConnect) request.definition.strategy.default?.(object);
}

function knownFields({ definition }: AdmissionRequest, object: ApiObject): ApiObject {
  const custom = definition.custom?.get(object.apiVersion);
  if (custom) return prune(custom.schema, object).value as ApiObject;
  const typeName = typeOfKind(object.apiVersion, object.kind);
  if (typeName === undefined) return object;
  const decoded = decodeAs(typeName, object);
  if (decoded.mismatch !== undefined) throw new Error(decoded.mismatch);
  return decoded.object as ApiObject;
}
