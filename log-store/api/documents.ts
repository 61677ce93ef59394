import { backingNameOf, type Engine } from '../engine/engine.ts';
import type { IndexStore } from '../engine/index-store.ts';
import type { StoredDoc } from '../engine/rows.ts';
import { badRequest, indexNotFound, StoreError } from '../engine/store-error.ts';
import { compileQuery } from '../query/compile.ts';
import { DocView } from '../query/doc-view.ts';
import { parseSourceFilter } from '../search/source-filter.ts';
import type { Principal } from '../security/principal.ts';
import { allowedNames } from './access.ts';
import { errorBody } from './error-body.ts';
import { jsonBody, type ApiRequest, type ApiResponse } from './request.ts';

const MAX_GETS = 10_000;

/** `GET|HEAD /{index}/_doc/{id}` */
export function getDocument(engine: Engine, request: ApiRequest, indexName: string, id: string): ApiResponse {
  const found = look(engine, request.principal, indexName, id, sourceOptions(request));
  return { status: found['found'] === true ? 200 : 404, body: found };
}

/** `GET /{index}/_source/{id}` */
export function getSource(engine: Engine, request: ApiRequest, indexName: string, id: string): ApiResponse {
  const found = look(engine, request.principal, indexName, id, sourceOptions(request));
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
      const allowed = allowedNames(engine, request.principal, name, 'read');
      return look(engine, request.principal, allowed, String(item['_id']), item['_source']);
    } catch (error) {
      return {
        _index: name,
        _id: String(item['_id']),
        error: error instanceof StoreError ? errorBody(error) : { type: 'internal_error', reason: 'the store failed' },
      };
    }
  });
  return { status: 200, body: { docs } };
}

function sourceOptions({ query }: ApiRequest): unknown {
  const includes = query.get('_source_includes');
  const excludes = query.get('_source_excludes');
  if (includes === null && excludes === null) return query.get('_source');
  return { includes: includes ?? [], excludes: excludes ?? [] };
}

function look(
  engine: Engine,
  principal: Principal,
  indexName: string,
  id: string,
  sourceSpec: unknown,
): Record<string, unknown> {
  const [index] = engine.resolve(indexName);
  if (!index) throw indexNotFound(indexName);
  const doc = index.find(id);
  const name = backingNameOf(index);
  if (!doc || !maySee(principal, index, doc)) return { _index: name, _id: id, found: false };
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

function maySee(principal: Principal, index: IndexStore, doc: StoredDoc): boolean {
  const limits = principal.limits('read', index.name);
  if (limits.length === 0) return true;
  // Limits with relative times would need a clock; those of roles name namespaces and the like.
  const context = { mapping: index.mapping, nowMs: doc.ms, defaultFields: [] };
  return compileQuery({ bool: { filter: limits } }, context).matches(DocView.of(index.name, doc));
}
