import type { PatchType } from '../../lib/kube/client.ts';
import { duplicateItems } from '../../lib/kube/duplicate-items.ts';
import { rootAt } from '../../lib/kube/merge-shape.ts';
import {
  decodeAs,
  decodingMessage,
  strictDecodingMessage,
  type DecodedFrom,
  type Emptied,
} from '../../lib/kube/schema.ts';
import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import { badRequest, invalid } from '../../lib/kube/status-errors.ts';
import type { ExpectedKind } from './check-kind.ts';
import { warningsOf } from './decode-body.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { CustomVersion } from '../registry/custom/custom-version.ts';
import { prune } from '../registry/custom/prune.ts';
import type { WriteContext } from '../registry/request.ts';
import { typeRootOf } from '../registry/type-root.ts';
import type { ServedKind } from './served-kind.ts';

export interface DecodeOptions {
  /** Set for what a patch of this type has left. */
  readonly patch?: PatchType;
  /** What is wrong with the text itself, which counts like an unknown field. */
  readonly faults?: readonly string[];
}

/**
 * A body read as the published type of its kind: what the type does not know is left out, and refused or warned about as `fieldValidation` asks.
 * Throws 400 for values that do not fit their fields (for a patch with unknown fields 422, as upstream).
 */
export function decodeObject(
  kind: ExpectedKind,
  body: ApiObject,
  context: WriteContext,
  { patch, faults = [] }: DecodeOptions = {},
): ApiObject {
  const { object, unknownFields, emptied } = decode(kind, body, patch);
  if (emptied.length > 0) context.emptied = emptied;
  const all =
    patch === 'strategic' ? [...faults, ...unknown(unknownFields).sort()] : allFaults(body, faults, unknownFields);
  refuseOrWarn(kind, all, context, patch);
  return object;
}

/**
 * The configuration of a server-side apply: it owns the fields that it names, so that there have to be such fields, each list item once, whatever `fieldValidation`
 * asks. Of members that are there twice, only who asks is told. Throws a 400; Kubernetes answers 500 here, for a fault that is the client's.
 */
export function decodeConfiguration(
  kind: ServedKind,
  body: ApiObject,
  at: { readonly namespace: string | undefined; readonly name: string },
): ApiObject {
  const { object, unknownFields } = decode(kind, body, undefined, 'configuration');
  const root = typeRootOf(kind.resource.definition, kind.apiVersion);
  const problems = [
    ...unknownFields.map((field) => `.${field}: field not declared in schema`),
    ...duplicateItems(rootAt(root), object),
  ];
  if (problems.length === 0) return object;
  const [first = ''] = problems;
  const shown = problems.length === 1 ? first : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  const gvk = `${kind.apiVersion}, Kind=${kind.type.kind}`;
  throw badRequest(`failed to create typed patch object (${at.namespace ?? ''}/${at.name}; ${gvk}): ${shown}`);
}

interface DecodedObject {
  readonly object: ApiObject;
  readonly unknownFields: readonly string[];
  readonly emptied: readonly Emptied[];
}

function decode(
  kind: ExpectedKind,
  body: ApiObject,
  patch?: PatchType,
  from: DecodedFrom = patch === 'strategic' ? 'memory' : 'json',
): DecodedObject {
  if (kind.custom) return decodeCustom(kind, kind.custom, body, patch);
  const typeName = typeOfKind(kind.apiVersion, kind.type.kind);
  if (typeName === undefined) return { object: body, unknownFields: [], emptied: [] };
  const { object, unknownFields, emptied, mismatch } = decodeAs(typeName, body, from);
  if (mismatch !== undefined) throw undecodable(kind, mismatch, patch);
  const decoded = object as ApiObject;
  decoded.metadata ??= {};
  return { object: decoded, unknownFields, emptied };
}

/** Custom objects: metadata by its published type, the rest by the schema. */
function decodeCustom(kind: ExpectedKind, custom: CustomVersion, body: ApiObject, patch?: PatchType): DecodedObject {
  const metadata = decodeAs('V1ObjectMeta', body.metadata ?? {});
  if (metadata.mismatch !== undefined) throw undecodable(kind, metadata.mismatch, patch);
  const { value, unknownFields, mismatch } = prune(custom.schema, body);
  if (mismatch !== undefined) throw undecodable(kind, mismatch, patch);
  return {
    object: { ...(value as ApiObject), metadata: metadata.object as ApiObject['metadata'] },
    unknownFields: [...metadata.unknownFields.map((field) => `metadata.${field}`), ...unknownFields],
    emptied: [],
  };
}

/** In the order of the body. What stands twice and is not known at all is only not known. */
function allFaults(body: ApiObject, faults: readonly string[], unknownFields: readonly string[]): readonly string[] {
  if (unknownFields.length === 0) return faults;
  const isKnown = (fault: string) => !unknownFields.some((path) => fault.startsWith(`duplicate field "${path}`));
  const others = faults.filter(isKnown);
  if (others.length === 0) return unknown(unknownFields);
  const places = [...pathsIn(body, '')];
  const placeOf = (fault: string) => places.indexOf(/ field "(.*)"$/s.exec(fault)?.[1] ?? '');
  return [...others, ...unknown(unknownFields)].sort((a, b) => placeOf(a) - placeOf(b));
}

function unknown(fields: readonly string[]): string[] {
  return fields.map((path) => `unknown field "${path}"`);
}

function* pathsIn(value: unknown, path: string): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  const isList = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    const own = isList ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    yield own;
    yield* pathsIn(member, own);
  }
}

function refuseOrWarn(kind: ExpectedKind, faults: readonly string[], context: WriteContext, patch?: PatchType): void {
  if (faults.length === 0) return;
  if (context.fieldValidation === 'Warn') context.warnings.push(...faults.flatMap(warningsOf));
  if (context.fieldValidation !== 'Strict') return;
  throw undecodable(kind, strictDecodingMessage(faults), patch);
}

/** Of a patch that leaves what is no object of its kind the message does not repeat the whole object, unlike upstream's. */
function undecodable(kind: ExpectedKind, problem: string, patch: PatchType | undefined): Error {
  if (patch === undefined || patch === 'apply')
    return badRequest(decodingMessage(kind.type.version, kind.type.kind, problem));
  return invalid({ group: '', kind: '' }, '', [
    { reason: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${problem}` },
  ]);
}
