import { apiVersionOf } from '../../../lib/kube/resources.ts';
import { badRequest, methodNotAllowed, pathNotFound } from '../../../lib/kube/status-errors.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { scaleColumns } from '../../registry/columns/scale-columns.ts';
import type { Registry } from '../../registry/registry.ts';
import type { WriteContext } from '../../registry/request.ts';
import { patchScale, readScale, writeScale } from '../../registry/scale.ts';
import type { ExpectedKind } from '../check-kind.ts';
import type { Exchange } from '../exchange.ts';
import { builtInAnswer, type Offers } from '../negotiate.ts';
import { deleteOptions } from '../options/delete-options.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { typedBody } from '../typed-body.ts';
import { answerRepresentation, includeObjectOf, sendObject } from './answer.ts';
import { tableOf } from '../table.ts';
import { getObject } from './read.ts';
import { namespaceOf, patch, patchRequest, update } from './write.ts';

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
  const representation = answerRepresentation(exchange);
  const context = exchange.writeContext();
  const body = postedBody(kind, exchange, subresource, context);
  // How the pod is to be deleted is judged as if it were deleted so.
  if (subresource === 'eviction' && body['deleteOptions'])
    deleteOptions(new URLSearchParams(), body['deleteOptions'] as Readonly<Record<string, unknown>>);
  const key = { namespace: namespaceOf(kind, exchange), name: exchange.info.name ?? '' };
  const answer = await handler(registry, key, body, context);
  sendObject(exchange, representation, 201, answer);
}

async function answerScale(registry: Registry, kind: ServedKind, exchange: ResourceExchange): Promise<void> {
  const at = { namespace: namespaceOf(kind, exchange), name: exchange.info.name ?? '' };
  const representation = exchange.representation(scaleAnswers);
  const scale = await scaleAnswer(registry, kind, exchange, at);
  if (representation.as !== 'Table') {
    sendObject(exchange, representation, 200, scale);
    return;
  }
  const table = tableOf(scaleColumns, [scale], {
    version: representation.version,
    nowMs: registry.clock.now(),
    includeObject: includeObjectOf(exchange.query),
    metadata: { resourceVersion: scale.metadata.resourceVersion },
    withColumns: true,
  });
  exchange.sendValue(200, table, representation);
}

async function scaleAnswer(
  registry: Registry,
  kind: ServedKind,
  exchange: ResourceExchange,
  at: { readonly namespace: string | undefined; readonly name: string },
): Promise<ApiObject> {
  switch (exchange.info.verb) {
    case 'get':
      return readScale(kind.resource, at);
    case 'update': {
      const context = exchange.writeContext('UpdateOptions');
      return writeScale(registry, kind.resource, at, scaleBody(exchange, context), context);
    }
    case 'patch': {
      const { patch: sent, context } = patchRequest(exchange, kind.custom !== undefined);
      return patchScale(registry, kind.resource, at, sent, context);
    }
    default:
      throw methodNotAllowed();
  }
}

/** A scale is shown in a table, too. */
const scaleAnswers: Offers = { ...builtInAnswer, hasTable: true };

const scaleKind: ExpectedKind = {
  type: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  apiVersion: 'autoscaling/v1',
};

function scaleBody(exchange: ResourceExchange, context: WriteContext): ApiObject {
  const body = typedBody(exchange, scaleKind, context);
  const { name = '' } = body.metadata;
  if (name !== '' && name !== exchange.info.name)
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${exchange.info.name ?? ''})`,
    );
  return body;
}

/** What is posted to a subresource is of the kind that its row says, and about the object in the path. */
function postedBody(
  kind: ServedKind,
  exchange: ResourceExchange,
  subresource: string,
  context: WriteContext,
): ApiObject {
  const row = kind.resource.definition.subresources.find((one) => one.name === subresource);
  const type = {
    group: row?.group ?? kind.type.group,
    version: row?.version ?? kind.type.version,
    kind: row?.kind ?? kind.type.kind,
  };
  const body = typedBody(exchange, { type, apiVersion: apiVersionOf(type) }, context);
  const { name = '' } = body.metadata;
  if (name !== '' && name !== exchange.info.name)
    throw badRequest(`name in URL does not match name in ${type.kind} object`);
  return body;
}
