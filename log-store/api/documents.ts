import { backingNameOf, type Engine } from '../engine/engine.ts';
import { badRequest, indexNotFound } from '../engine/store-error.ts';
import { parseSourceFilter } from '../search/source-filter.ts';
import { jsonBody, type ApiRequest, type ApiResponse } from './request.ts';

const MAX_GETS = 10_000;

/** `GET|HEAD /{index}/_doc/{id}` */
export function getDocument(engine: Engine, request: ApiRequest, indexName: string, id: string): ApiResponse {
  const found = look(engine, indexName, id, request.query.get('_source'));
  return { status: found['found'] === true ? 200 : 404, body: found };
}

/** `GET /{index}/_source/{id}` */
export function getSource(engine: Engine, request: ApiRequest, indexName: string, id: string): ApiResponse {
  const found = look(engine, indexName, id, request.query.get('_source'));
  if (found['found'] !== true) {
    return {
      status: 404,
      body: {
        error: { type: 'resource_not_found_exception', reason: `Document not found [${indexName}]/[${id}]` },
        status: 404,
      },
    };
  }
  return { status: 200, body: found['_source'] };
}

/** `GET|POST /_mget` and `/{index}/_mget` */
export function multiGet(engine: Engine, request: ApiRequest, indexName: string | undefined): ApiResponse {
  const body = jsonBody(request);
  const asked = Array.isArray(body['docs'])
    ? (body['docs'] as Record<string, unknown>[])
    : Array.isArray(body['ids'])
      ? body['ids'].map((id: unknown): Record<string, unknown> => ({ _id: id }))
      : [];
  if (asked.length === 0) throw badRequest('no documents to get', 'action_request_validation_exception');
  if (asked.length > MAX_GETS) throw badRequest(`_mget takes at most ${MAX_GETS} documents`);
  const docs = asked.map((item) => {
    const name = typeof item['_index'] === 'string' ? item['_index'] : indexName;
    if (!name) throw badRequest('index is missing', 'action_request_validation_exception');
    try {
      return look(engine, name, String(item['_id']), item['_source']);
    } catch (error) {
      return {
        _index: name,
        _id: String(item['_id']),
        error: { type: 'index_not_found_exception', reason: (error as Error).message },
      };
    }
  });
  return { status: 200, body: { docs } };
}

function look(engine: Engine, indexName: string, id: string, sourceSpec: unknown): Record<string, unknown> {
  const [index] = engine.resolve(indexName);
  if (!index) throw indexNotFound(indexName);
  const doc = index.find(id);
  const name = backingNameOf(index);
  if (!doc) return { _index: name, _id: id, found: false };
  const filter = parseSourceFilter(sourceSpec);
  const source = JSON.parse(doc.source.toString()) as Record<string, unknown>;
  return {
    _index: name,
    _id: id,
    _version: 1,
    _seq_no: doc.seq,
    _primary_term: 1,
    found: true,
    ...(filter === 'none' ? {} : { _source: filter === 'whole' ? source : filter(source) }),
  };
}
