import type { PatchType } from '../../../lib/kube/client.ts';
import { badRequest, methodNotAllowed, unsupportedMediaType } from '../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { CacheEntry } from '../../registry/cache-entry.ts';
import { createObject } from '../../registry/create.ts';
import { deleteObject, deleteSelected, type DeleteRequest } from '../../registry/delete.ts';
import { checkTypeOf } from '../../registry/metadata.ts';
import { patchObject } from '../../registry/patch.ts';
import { cacheKey, type Registry } from '../../registry/registry.ts';
import type { WriteContext } from '../../registry/request.ts';
import { parseSelection } from '../../registry/selection.ts';
import { replacement, updateObject, type UpdateTarget } from '../../registry/update.ts';
import { decodeBody } from '../content.ts';
import { decodeObject } from '../decode-object.ts';
import type { Exchange } from '../exchange.ts';
import { isTrue, type ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { partialMetadata, tableOf } from '../table.ts';
import { includeObjectOf, listRequest } from './read.ts';

type ResourceExchange = Exchange<ResourceRequest>;

/** POST to a collection. */
export async function create(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const context = exchange.writeContext();
  const body = objectBody(kind, exchange, context);
  const entry = await createObject(registry, kind.resource, namespaceOf(kind, exchange), body, context);
  answer(registry, kind, exchange, 201, entry);
}

/** PUT of an object, or of its status. */
export async function update(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const context = exchange.writeContext();
  const body = objectBody(kind, exchange, context);
  const target = targetOf(kind, exchange);
  if (!body.metadata.name) throw badRequest('name must be provided');
  const isThere = kind.resource.cache.get(cacheKey(target.namespace, target.name)) !== undefined;
  const entry = await updateObject(registry, kind.resource, target, context, replacement(body), {
    createWhenMissing: kind.resource.definition.createsOnUpdate && target.subresource === undefined,
  });
  answer(registry, kind, exchange, isThere ? 200 : 201, entry);
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
}

/** The patch that a request carries; throws 415 for one of an unknown kind. */
export function patchBody(exchange: ResourceExchange): PatchBody {
  const contentType = exchange.request.headers['content-type'];
  const type = patchTypes[contentType?.split(';', 1)[0]?.trim() ?? ''];
  if (!type) throw unsupportedMediaType(Object.keys(patchTypes).join(', '));
  if (!exchange.hasBody()) throw badRequest('the patch is empty');
  const force = exchange.query.get('force');
  if (type === 'apply' && !exchange.query.get('fieldManager')) {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  return { type, body: decodeBody(exchange.bytes(), contentType), force: isTrue(force) };
}

/** PATCH of an object, or of its status. */
export async function patch(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const context = exchange.writeContext();
  const shape = {
    apiVersion: kind.apiVersion,
    shown: (object: ApiObject) => kind.shown(object),
    stored: (object: ApiObject) => kind.stored(decodeObject(kind, object, context, true)),
  };
  const body = patchBody(exchange);
  const sent = body.type === 'apply' ? { ...body, body: configOf(kind, body.body, context) } : body;
  const { entry, wasCreated } = await patchObject(
    registry,
    kind.resource,
    targetOf(kind, exchange),
    sent,
    context,
    shape,
  );
  answer(registry, kind, exchange, wasCreated ? 201 : 200, entry);
}

/** An applied configuration names its kind, and owns only fields that there are. */
function configOf(kind: ServedKind, body: unknown, context: WriteContext): ApiObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('the configuration must be an object');
  return decodeObject(kind, body as ApiObject, context);
}

/** DELETE of an object: answers with the object where upstream does, else with a Status. */
export async function remove(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const { context, request } = deletion(exchange);
  const at = targetOf(kind, exchange);
  const { entry, isGone } = await deleteObject(registry, kind.resource, at, request, context);
  if (!isGone || kind.resource.definition.returnsDeleted) {
    answer(registry, kind, exchange, 200, entry);
    return;
  }
  exchange.sendValue(200, {
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
  });
}

/** DELETE of a collection: answers with what was deleted. */
export async function removeCollection(
  registry: Registry,
  kind: ServedKind,
  exchange: ResourceExchange,
): Promise<void> {
  if (kind.type.plural === 'namespaces') throw methodNotAllowed();
  const { context, request } = deletion(exchange);
  const selection = parseSelection(kind.resource.definition, listRequest(exchange));
  const entries = await deleteSelected(registry, kind.resource, selection, request, context);
  exchange.sendValue(200, {
    kind: `${kind.type.kind}List`,
    apiVersion: kind.apiVersion,
    metadata: { resourceVersion: String(registry.revision) },
    items: entries.map((entry) => kind.shown(entry.object)),
  });
}

/** The body of a create or update, as it is stored. */
function objectBody(kind: ServedKind, exchange: ResourceExchange, context: WriteContext): ApiObject {
  const body = exchange.body() as unknown as ApiObject;
  checkTypeOf(kind.resource.definition, kind.apiVersion, body);
  const { metadata } = body;
  if (metadata !== undefined && (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))) {
    throw badRequest('metadata must be an object');
  }
  return kind.stored(decodeObject(kind, body, context));
}

export function namespaceOf(kind: ServedKind, exchange: ResourceExchange): string | undefined {
  return kind.type.namespaced ? exchange.info.namespace : undefined;
}

/** Subresources that take and answer the object itself. */
const wholeObjectSubresources = ['status', 'approval', 'finalize', 'ephemeralcontainers'] as const;

function targetOf(kind: ServedKind, exchange: ResourceExchange): UpdateTarget {
  const { subresource } = exchange.info;
  return {
    namespace: namespaceOf(kind, exchange),
    name: exchange.info.name ?? '',
    subresource: wholeObjectSubresources.find((one) => one === subresource),
  };
}

function deletion(exchange: ResourceExchange): { context: WriteContext; request: DeleteRequest } {
  const body = exchange.hasBody() ? (exchange.body() as DeleteRequest & { dryRun?: readonly string[] }) : {};
  const { query } = exchange;
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy') ?? body.propagationPolicy;
  if (policy && policy !== 'Foreground' && policy !== 'Background' && policy !== 'Orphan') {
    throw badRequest(
      `propagationPolicy: Unsupported value: "${policy}": supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  const seconds = grace === null ? body.gracePeriodSeconds : Number(grace);
  if (seconds !== undefined && seconds !== null && !Number.isSafeInteger(seconds))
    throw badRequest('gracePeriodSeconds must be a whole number');
  const orphan = query.get('orphanDependents');
  const context = exchange.writeContext();
  return {
    context: { ...context, dryRun: context.dryRun || (body.dryRun?.includes('All') ?? false) },
    request: {
      gracePeriodSeconds: seconds ?? undefined,
      propagationPolicy: (policy || undefined) as DeleteRequest['propagationPolicy'],
      orphanDependents: orphan === null ? body.orphanDependents : isTrue(orphan),
      preconditions: body.preconditions,
    },
  };
}

/** A written object in the form that the client asked for. */
function answer(
  registry: Registry,
  kind: ServedKind,
  exchange: ResourceExchange,
  status: number,
  entry: CacheEntry,
): void {
  const representation = exchange.representation();
  if (
    representation.as === 'object' &&
    representation.format === 'json' &&
    !representation.isPretty &&
    entry.revision > 0
  ) {
    exchange.sendBytes(status, kind.bytes(entry));
    return;
  }
  if (representation.as === 'Table') {
    const table = tableOf(kind.columns, [entry.object], {
      version: representation.version,
      nowMs: registry.clock.now(),
      includeObject: includeObjectOf(exchange.query),
      metadata: { resourceVersion: String(entry.revision) },
      withColumns: true,
    });
    exchange.sendValue(status, table, representation);
    return;
  }
  const object = kind.shown(entry.object);
  exchange.sendValue(
    status,
    representation.as === 'object' ? object : partialMetadata(object, representation.version),
    representation,
  );
}
