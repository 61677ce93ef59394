import { methodNotAllowed, pathNotFound } from '../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { patchScale, readScale, writeScale } from '../../registry/scale.ts';
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
    case 'patch':
      exchange.sendValue(
        200,
        await patchScale(registry, kind.resource, at, patchBody(exchange), exchange.writeContext()),
      );
      return;
    default:
      throw methodNotAllowed();
  }
}
