import {
  badRequest,
  conflict,
  methodNotAllowed,
  objectModified,
  pathNotFound,
} from '../../../lib/kube/status-errors.ts';
import { applyJsonPatch } from '../../../lib/kube/json-patch.ts';
import { applyMergePatch } from '../../../lib/kube/merge-patch.ts';
import { cloneObject, type ApiObject } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { readScale, writeScale } from '../../registry/scale.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { getObject } from './read.ts';
import { namespaceOf, patch, patchBody, update } from './write.ts';

type ResourceExchange = Exchange<ResourceRequest>;

/** Subresources that the registry itself answers: status, scale, finalize, and those that take a POST of another kind. */
export function answerSubresource(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const { definition } = kind.resource;
  const { subresource = '', verb, rest } = exchange.info;
  if (rest.length > 0) throw pathNotFound();
  if (subresource === 'scale' && definition.scale) return answerScale(registry, kind, exchange);
  const isWholeObject =
    (subresource === 'status' && definition.hasStatus) ||
    definition.subresources.some(
      (row) => row.name === subresource && row.kind === definition.resource.kind && row.verbs.includes('update'),
    );
  if (isWholeObject) {
    if (verb === 'get') return getObject(registry, kind, exchange);
    if (verb === 'update') return update(registry, kind, exchange);
    if (verb === 'patch') return patch(registry, kind, exchange);
    throw methodNotAllowed();
  }
  return post(registry, kind, exchange, subresource);
}

async function post(
  registry: Registry,
  kind: ServedKind,
  exchange: ResourceExchange,
  subresource: string,
): Promise<void> {
  const handler = registry.subresourceHandler(kind.resource.definition.resource, subresource);
  if (!handler) throw pathNotFound();
  if (exchange.info.verb !== 'create') throw methodNotAllowed();
  const body = exchange.body() as unknown as ApiObject;
  const key = { namespace: namespaceOf(kind, exchange), name: exchange.info.name ?? '' };
  const answer = await handler(registry, key, { ...body, metadata: body.metadata ?? {} }, exchange.writeContext());
  exchange.sendValue(201, answer);
}

async function answerScale(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const at = { namespace: namespaceOf(kind, exchange), name: exchange.info.name ?? '' };
  switch (exchange.info.verb) {
    case 'get':
      exchange.sendValue(200, readScale(kind.resource, at));
      return;
    case 'update': {
      const body = exchange.body() as unknown as ApiObject;
      exchange.sendValue(200, await writeScale(registry, kind.resource, at, body, exchange.writeContext()));
      return;
    }
    case 'patch': {
      const current = readScale(kind.resource, at);
      const { type, body } = patchBody(exchange);
      const patched = cloneObject(
        type === 'json' ? applyJsonPatch(current, body) : applyMergePatch(current, body),
      ) as ApiObject;
      if (typeof patched !== 'object' || patched === null) throw badRequest('the patch does not leave an object');
      const named = (body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
      if (named && named !== current.metadata.resourceVersion) throw conflict(kind.type, at.name, objectModified);
      delete patched.metadata.resourceVersion;
      exchange.sendValue(200, await writeScale(registry, kind.resource, at, patched, exchange.writeContext()));
      return;
    }
    default:
      throw methodNotAllowed();
  }
}
