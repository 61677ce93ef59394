import { decodeAs, decodingMessage, strictDecodingMessage } from '../../lib/kube/schema.ts';
import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import { badRequest, invalid } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { CustomVersion } from '../registry/custom/custom-version.ts';
import { prune } from '../registry/custom/prune.ts';
import type { WriteContext } from '../registry/request.ts';
import type { ServedKind } from './served-kind.ts';

/**
 * A body read as the published type of its kind: what the type does not know is left out, and refused or warned about as `fieldValidation` asks.
 * Throws 400 for values that do not fit their fields (for a patch with unknown fields 422, as upstream).
 */
export function decodeObject(kind: ServedKind, body: ApiObject, context: WriteContext, isPatch = false): ApiObject {
  if (kind.custom) return decodeCustom(kind, kind.custom, body, context, isPatch);
  const typeName = typeOfKind(kind.apiVersion, kind.type.kind);
  if (typeName === undefined) return body;
  const { object, unknownFields, mismatch } = decodeAs(typeName, body);
  if (mismatch !== undefined) throw badRequest(decodingMessage(kind.type.version, kind.type.kind, mismatch));
  if (unknownFields.length > 0) refuseOrWarn(kind, unknownFields, context, isPatch);
  const decoded = object as ApiObject;
  decoded.metadata ??= {};
  return decoded;
}

/** Custom objects: metadata by its published type, the rest by the schema. */
function decodeCustom(
  kind: ServedKind,
  custom: CustomVersion,
  body: ApiObject,
  context: WriteContext,
  isPatch: boolean,
): ApiObject {
  if (custom.deprecation !== undefined) context.warnings.push(custom.deprecation);
  const metadata = decodeAs('V1ObjectMeta', body.metadata ?? {});
  if (metadata.mismatch !== undefined)
    throw badRequest(decodingMessage(kind.type.version, kind.type.kind, metadata.mismatch));
  const { value, unknownFields } = prune(custom.schema, body);
  const unknown = [...metadata.unknownFields.map((field) => `metadata.${field}`), ...unknownFields];
  if (unknown.length > 0) refuseOrWarn(kind, unknown, context, isPatch);
  return { ...(value as ApiObject), metadata: metadata.object as ApiObject['metadata'] };
}

function refuseOrWarn(
  kind: ServedKind,
  unknownFields: readonly string[],
  context: WriteContext,
  isPatch: boolean,
): void {
  if (context.fieldValidation === 'Warn')
    context.warnings.push(...unknownFields.map((field) => `unknown field "${field}"`));
  if (context.fieldValidation !== 'Strict') return;
  const message = strictDecodingMessage(unknownFields);
  if (!isPatch) throw badRequest(decodingMessage(kind.type.version, kind.type.kind, message));
  throw invalid({ group: '', kind: '' }, '', [
    { reason: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${message}` },
  ]);
}
