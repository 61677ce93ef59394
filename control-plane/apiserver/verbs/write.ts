import type { PatchType } from '../../../lib/kube/client.ts';
import { JsonSyntaxError } from '../../../lib/kube/json-syntax.ts';
import { decodeAs } from '../../../lib/kube/schema.ts';
import {
  badRequest,
  invalid,
  methodNotAllowed,
  statusError,
  unsupportedMediaType,
} from '../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { createObject } from '../../registry/create.ts';
import { deleteObject, deleteSelected } from '../../registry/delete.ts';
import { patchObject } from '../../registry/patch.ts';
import { cacheKey, type Registry } from '../../registry/registry.ts';
import type { WriteContext } from '../../registry/request.ts';
import { parseSelection } from '../../registry/selection.ts';
import { replacement, updateObject, type UpdateTarget } from '../../registry/update.ts';
import { unregistered } from '../check-kind.ts';
import {
  BodyError,
  decodeBody,
  decodeJson,
  decodeYaml,
  jsonTypeOf,
  objectOf,
  type DecodedBody,
} from '../decode-body.ts';
import { decodeConfiguration, decodeObject } from '../decode-object.ts';
import type { Exchange } from '../exchange.ts';
import { deleteOptions, type DeleteOptions } from '../options/delete-options.ts';
import { isTrue, type ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { typedBody } from '../typed-body.ts';
import { sendEntry } from './answer.ts';
import { listOf, listRequest } from './read.ts';

type ResourceExchange = Exchange<ResourceRequest>;

/** POST to a collection. */
export async function create(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const representation = exchange.representation(kind);
  const context = exchange.writeContext();
  const body = objectBody(kind, exchange, context);
  // Upstream says so with a 500, though the fault is the client's.
  if (body.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  const entry = await createObject(registry, kind.resource, namespaceOf(kind, exchange), body, context);
  sendEntry(registry, kind, exchange, representation, 201, entry);
}

/** PUT of an object, or of its status. */
export async function update(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const representation = exchange.representation(kind);
  const context = exchange.writeContext('UpdateOptions');
  const body = objectBody(kind, exchange, context);
  const target = targetOf(kind, exchange);
  if (!body.metadata.name)
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  const isThere = kind.resource.cache.get(cacheKey(target.namespace, target.name)) !== undefined;
  const { definition } = kind.resource;
  const isTied = body.metadata.resourceVersion && body.metadata.resourceVersion !== '0';
  if (isThere && definition.requiresRevision && !isTied) throw untied(kind, target.name);
  const entry = await updateObject(registry, kind.resource, target, context, replacement(body), {
    createWhenMissing: definition.createsOnUpdate && target.subresource === undefined,
  });
  sendEntry(registry, kind, exchange, representation, isThere ? 200 : 201, entry);
}

/** Some kinds are not replaced by who does not say which state he has seen. Upstream names the resource here, and not the kind. */
function untied({ type }: ServedKind, name: string): Error {
  const cause = {
    reason: 'FieldValueInvalid',
    field: 'metadata.resourceVersion',
    message: 'Invalid value: 0: must be specified for an update',
  };
  return invalid({ group: type.group, kind: type.plural }, name, [cause]);
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
  'application/apply-patch+json': 'apply',
};

export interface PatchBody {
  readonly type: PatchType;
  readonly body: unknown;
  readonly force: boolean;
  /** What a strict decoder finds fault with. */
  readonly faults: readonly string[];
}

/** The patch that a request carries and what it is written with; throws 415 for one of an unknown kind. */
export function patchRequest(
  exchange: ResourceExchange,
  isCustom = false,
): { readonly patch: PatchBody; readonly context: WriteContext } {
  const contentType = exchange.request.headers['content-type'];
  const type = patchTypes[contentType?.split(';', 1)[0]?.trim() ?? ''];
  if (!type) throw statusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type');
  if (type === 'strategic' && isCustom) throw unsupportedMediaType(customPatchTypes);
  const context = exchange.writeContext('PatchOptions', type === 'apply');
  const { value, faults } = decodedPatch(exchange, type);
  const force = isTrue(exchange.query.get('force'));
  return { patch: { type, body: value, force, faults: context.fieldValidation === 'Ignore' ? [] : faults() }, context };
}

/** Whose types are not published have no merge keys. */
const customPatchTypes = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
const anyMap = 'Go value of type map[string]interface {}';

function decodedPatch(exchange: ResourceExchange, type: PatchType): DecodedBody {
  try {
    if (type === 'apply') return decodeYaml(exchange.bytes());
    const decoded = decodeJson(exchange.bytes());
    checkPatchShape(type, decoded.value);
    if (type !== 'json') return decoded;
    return { ...decoded, faults: () => patchFaults(decoded).map((fault) => `json patch ${fault}`) };
  } catch (error) {
    if (error instanceof BodyError)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    if (error instanceof JsonSyntaxError) throw undecodable(type, error.message);
    throw error;
  }
}

function checkPatchShape(type: PatchType, value: unknown): void {
  const cannot = (given: unknown, into: string) =>
    undecodable(type, `json: cannot unmarshal ${jsonTypeOf(given)} into ${into}`);
  if (type === 'json') {
    if (!Array.isArray(value)) throw cannot(value, 'Go value of type []handlers.jsonPatchOp');
    for (const operation of value as readonly unknown[])
      if (typeof operation !== 'object' || Array.isArray(operation))
        throw cannot(operation, 'Go value of type handlers.jsonPatchOp');
  } else if (value === null) throw badRequest('Invalid JSON Patch');
  else if (typeof value !== 'object' || Array.isArray(value)) throw cannot(value, anyMap);
}

const operationMembers: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

function patchFaults({ value, faults }: DecodedBody): readonly string[] {
  const unknown = (value as readonly object[]).flatMap((operation, index) =>
    Object.keys(operation ?? {})
      .filter((member) => !operationMembers.has(member))
      .map((member) => `unknown field "[${index}].${member}"`),
  );
  return [...faults(), ...unknown];
}

function undecodable(type: PatchType, problem: string): Error {
  return badRequest(type === 'strategic' ? problem : `error decoding patch: ${problem}`);
}

/** PATCH of an object, or of its status. */
export async function patch(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const representation = exchange.representation(kind);
  const { patch: sent, context } = patchRequest(exchange, kind.custom !== undefined);
  const isApply = sent.type === 'apply';
  const options = { patch: sent.type, faults: isApply ? [] : sent.faults };
  const shape = {
    apiVersion: kind.apiVersion,
    shown: (object: ApiObject) => kind.shown(object),
    stored: (object: ApiObject) => kind.stored(decodeObject(kind, object, context, options)),
  };
  const target = targetOf(kind, exchange);
  const change = isApply ? { ...sent, body: configOf(kind, sent, context, target) } : sent;
  const { entry, wasCreated } = await patchObject(registry, kind.resource, target, change, context, shape);
  sendEntry(registry, kind, exchange, representation, wasCreated ? 201 : 200, entry);
}

/** An applied configuration names its kind, and owns only fields that there are. */
function configOf(kind: ServedKind, sent: PatchBody, context: WriteContext, target: UpdateTarget): ApiObject {
  const { body, faults } = sent;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonTypeOf(body)} into ${anyMap}`,
    );
  const config = body as ApiObject;
  if (config.apiVersion !== kind.apiVersion || config.kind !== kind.type.kind) throw wrongType(config);
  for (const fault of faults) {
    if (context.fieldValidation === 'Strict')
      throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${fault}`);
    context.warnings.push(fault);
  }
  return decodeConfiguration(kind, config, target);
}

function wrongType({ apiVersion = '', kind = '' }: Partial<ApiObject>): Error {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return badRequest(`invalid object type: ${group}/${version}, Kind=${kind}`);
}

/** DELETE of an object: answers with the object where upstream does, else with a Status. */
export async function remove(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const representation = exchange.representation(kind);
  const { context, request } = deletion(exchange);
  const at = targetOf(kind, exchange);
  const { entry, isGone } = await deleteObject(registry, kind.resource, at, request, context);
  if (!isGone || kind.resource.definition.returnsDeleted) {
    sendEntry(registry, kind, exchange, representation, 200, entry);
    return;
  }
  const deleted = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: at.name,
      group: kind.type.group || undefined,
      kind: kind.type.plural,
      uid: entry.object.metadata.uid,
    },
  };
  exchange.sendValue(200, deleted, representation);
}

/** DELETE of a collection: answers with what was deleted. */
export async function removeCollection(
  registry: Registry,
  kind: ServedKind,
  exchange: ResourceExchange,
): Promise<void> {
  if (kind.type.plural === 'namespaces') throw methodNotAllowed();
  const representation = exchange.representation(kind);
  const { context, request } = deletion(exchange);
  const selection = parseSelection(kind.resource.definition, listRequest(kind, exchange));
  const entries = await deleteSelected(registry, kind.resource, selection, request, context);
  const shown = entries.map((entry) => kind.shown(entry.object));
  const metadata = { resourceVersion: String(registry.revision) };
  exchange.sendValue(200, listOf(kind, metadata, shown, representation), representation);
}

/** The body of a create or update, as it is stored. */
function objectBody(kind: ServedKind, exchange: ResourceExchange, context: WriteContext): ApiObject {
  return kind.stored(typedBody(exchange, kind, context));
}

export function namespaceOf(kind: ServedKind, exchange: ResourceExchange): string | undefined {
  return kind.type.namespaced ? exchange.info.namespace : undefined;
}

/** Subresources that take and answer the object itself. */
const wholeObjectSubresources = ['status', 'approval', 'finalize', 'ephemeralcontainers', 'resize'] as const;

function targetOf(kind: ServedKind, exchange: ResourceExchange): UpdateTarget {
  const { subresource } = exchange.info;
  return {
    namespace: namespaceOf(kind, exchange),
    name: exchange.info.name ?? '',
    subresource: wholeObjectSubresources.find((one) => one === subresource),
  };
}

function deletion(exchange: ResourceExchange): { context: WriteContext; request: DeleteOptions } {
  const request = deleteOptions(exchange.query, exchange.hasBody() ? deleteBody(exchange) : undefined);
  return { context: { ...exchange.plainContext(), dryRun: request.isDryRun }, request };
}

/** Every group has `DeleteOptions` of its own. */
function deleteBody(exchange: ResourceExchange): Readonly<Record<string, unknown>> {
  let body: Record<string, unknown>;
  try {
    body = objectOf(decodeBody(exchange.bytes(), exchange.request.headers['content-type']));
  } catch (error) {
    throw error instanceof BodyError ? badRequest(error.message) : error;
  }
  const { kind = 'DeleteOptions', apiVersion = 'v1' } = body as Partial<ApiObject>;
  if (kind !== 'DeleteOptions') throw badRequest(unregistered(apiVersion, kind));
  const { object, mismatch } = decodeAs('V1DeleteOptions', body);
  if (mismatch !== undefined) throw badRequest(mismatch);
  return object as Readonly<Record<string, unknown>>;
}
