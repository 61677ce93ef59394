import { decodeAs, decodingMessage, strictDecodingMessage } from '../../lib/kube/schema.ts';
import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import { badRequest, invalid } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { WriteContext } from '../registry/request.ts';
import type { ServedKind } from './served-kind.ts';

/**
 * A body read as the published type of its kind: what the type does not know is left out, and refused or warned about as `fieldValidation` asks.
 * Throws 400 for values that do not fit their fields (for a patch with unknown fields 422, as upstream).
 */
export function decodeObject(kind: ServedKind, body: ApiObject, context: WriteContext, isPatch = false): ApiObject {
  const typeName = typeOfKind(kind.apiVersion, kind.type.kind);
  if (typeName === undefined) return body;
  const { object, unknownFields, mismatch } = decodeAs(typeName, body);
  if (mismatch !== undefined) throw badRequest(decodingMessage(kind.type.version, kind.type.kind, mismatch));
  if (unknownFields.length > 0) refuseOrWarn(kind, unknownFields, context, isPatch);
  const decoded = object as ApiObject;
  decoded.metadata ??= {};
  return decoded;
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
