import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { BulkOperation } from '../engine/bulk-write.ts';
import type { Engine } from '../engine/engine.ts';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { tokensWithBounds } from '../query/analyze.ts';
import type { SecurityStore } from '../security/security-store.ts';
import { authorized, bulkRefusal } from './access.ts';
import { bulk, parseIfSeqNo, single } from './bulk.ts';
import { cat, health, nodes, root, stats } from './cluster.ts';
import { clusterSettings } from './cluster-settings.ts';
import { Contexts } from './contexts.ts';
import { getDocument, getSource, multiGet } from './documents.ts';
import { failureBody } from './error-body.ts';
import * as indices from './indices.ts';
import { acknowledged, jsonBody, ok, type ApiRequest, type ApiResponse } from './request.ts';
import { SearchApi, shards } from './search.ts';
import { SecurityApi } from './security.ts';
import { SnapshotApi } from './snapshots.ts';
import type { RepositoryList } from '../snapshots/repository-list.ts';
import type { SnapshotService } from '../snapshots/snapshot-service.ts';
import { textOf } from '../text-of.ts';

/** What the router asks beside the engine. */
interface RouterParts {
  readonly security: SecurityStore;
  readonly repositories: RepositoryList;
  readonly snapshots: SnapshotService;
}

/** Answers requests of the Elasticsearch API. A request that is not known is a 400 that names it; nothing throws. */
export class Router {
  readonly #engine: Engine;
  readonly #search: SearchApi;
  readonly #security: SecurityApi;
  readonly #snapshots: SnapshotApi;
  readonly #contexts: ConstructorParameters<typeof SearchApi>[1];
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(engine: Engine, parts: RouterParts, clock: Clock, log: Logger) {
    this.#security = new SecurityApi(parts.security, clock);
    this.#snapshots = new SnapshotApi(engine, parts.repositories, parts.snapshots);
    this.#engine = engine;
    this.#clock = clock;
    this.#log = log;
    this.#contexts = { points: new Contexts(clock), scrolls: new Contexts(clock) };
    this.#search = new SearchApi(engine, this.#contexts, clock);
  }

  /** Ends what goes on behind requests. */
  close(): Promise<void> {
    return this.#search.close();
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    try {
      return (await this.#route(authorized(this.#engine, request))) ?? unknown(request);
    } catch (error) {
      if (error instanceof StoreError) return { status: error.status, body: failureBody(error) };
      this.#log.error({ err: error, method: request.method, path: request.path }, 'request failed');
      const failure = new StoreError(500, 'internal_error', 'the request failed; the log of the store says why');
      return { status: 500, body: failureBody(failure) };
    }
  }

  #route(request: ApiRequest): ApiResponse | Promise<ApiResponse | undefined> | undefined {
    const [first] = request.path;
    if (first === undefined) return root(this.#engine);
    return first.startsWith('_') && first !== '_all' ? this.#global(request, first) : this.#ofIndex(request, first);
  }

  /** `/_something…` */
  #global(request: ApiRequest, first: string): ApiResponse | Promise<ApiResponse | undefined> | undefined {
    const engine = this.#engine;
    const [, second, third] = request.path;
    switch (first) {
      case '_bulk':
        return bulk(engine, request, undefined, bulkRefusal(engine, request.principal));
      case '_search':
        if (second === 'scroll') return this.#scroll(request, third);
        if (second === 'point_in_time') return this.#closePoints(request, third);
        return this.#search.search(request, undefined);
      case '_msearch':
        return this.#search.multiSearch(request, undefined);
      case '_count':
        return this.#search.count(request, undefined);
      case '_mget':
        return multiGet(engine, request, undefined);
      case '_pit':
        return this.#closePoints(request, undefined);
      case '_cluster':
        if (second === 'health') return health(engine);
        if (second === 'settings') return clusterSettings(engine, request);
        return second === 'state' ? ok({ cluster_uuid: engine.clusterUuid }) : undefined;
      case '_nodes':
        return nodes(engine);
      case '_stats':
        return stats(engine, undefined);
      case '_cat':
        return cat(engine, request, second ?? '', third, this.#clock);
      case '_index_template':
        return second === '_simulate'
          ? undefined
          : indices.definitions(engine, request, 'template', second, 'index_templates');
      case '_component_template':
        return indices.definitions(engine, request, 'component', second, 'component_templates');
      case '_ilm':
        return second === 'policy' ? indices.definitions(engine, request, 'policy', third, 'ilm') : undefined;
      case '_ingest':
        return second === 'pipeline' ? indices.definitions(engine, request, 'policy', third, 'pipeline') : undefined;
      case '_data_stream':
        if (second !== undefined && third === '_lifecycle') return indices.lifecycle(engine, request, second);
        if (request.method === 'PUT' && second !== undefined) return indices.createDataStream(engine, second);
        return indices.dataStreams(engine, request, second);
      case '_mapping':
      case '_mappings':
        return indices.getMapping(engine, undefined);
      case '_settings':
        return indices.getSettings(engine, undefined);
      case '_aliases':
        return indices.updateAliases(engine, request);
      case '_alias':
        return indices.getAliases(engine, undefined, second);
      case '_field_caps':
        return indices.fieldCaps(engine, request, undefined);
      case '_flush':
        return engine.flush().then(() => ok({ _shards: shards(engine.indices.size) }));
      case '_refresh':
      case '_forcemerge':
        return ok({ _shards: shards(engine.indices.size) });
      case '_analyze':
        return analyze(request);
      case '_security':
        return this.#security.handle(request);
      case '_snapshot':
        return this.#snapshots.handle(request);
      case '_license':
        return ok({ license: { status: 'active', type: 'basic', uid: engine.clusterUuid } });
      case '_xpack':
        return ok({ license: { type: 'basic', mode: 'basic', status: 'active' }, features: {} });
      case '_resolve':
        return this.#resolve(third);
      default:
        return undefined;
    }
  }

  /** `/{index}/…` */
  #ofIndex(request: ApiRequest, name: string): ApiResponse | Promise<ApiResponse> | undefined {
    const engine = this.#engine;
    const [, second, third] = request.path;
    switch (second) {
      case undefined:
        if (request.method === 'PUT') return indices.createIndex(engine, request, name);
        if (request.method === 'DELETE') return indices.deleteIndices(engine, request, name);
        return indices.describeIndices(engine, request, name);
      case '_bulk':
        return bulk(engine, request, name, bulkRefusal(engine, request.principal));
      case '_doc':
      case '_create':
        return this.#document(request, name, second, third);
      case '_update':
        return this.#write('update', name, third, request);
      case '_source':
        return third === undefined ? undefined : getSource(engine, request, name, third);
      case '_mget':
        return multiGet(engine, request, name);
      case '_search':
        if (third === 'point_in_time')
          return ok({
            pit_id: this.#search.openPoint(request, name),
            _shards: shards(1),
            creation_time: this.#clock.now(),
          });
        return this.#search.search(request, name);
      case '_pit':
        return ok({ id: this.#search.openPoint(request, name), _shards: shards(1) });
      case '_msearch':
        return this.#search.multiSearch(request, name);
      case '_count':
        return this.#search.count(request, name);
      case '_delete_by_query':
        return this.#search.deleteByQuery(request, name);
      case '_mapping':
      case '_mappings':
        if (request.method === 'PUT' || request.method === 'POST') return indices.putMapping(engine, request, name);
        return indices.getMapping(engine, name);
      case '_settings':
        return request.method === 'PUT'
          ? indices.putSettings(engine, request, name)
          : indices.getSettings(engine, name);
      case '_alias':
      case '_aliases':
        return this.#alias(request, name, third);
      case '_field_caps':
        return indices.fieldCaps(engine, request, name);
      case '_stats':
        return stats(engine, name);
      case '_flush':
        return engine.flush().then(() => ok({ _shards: shards(engine.resolve(name).length) }));
      case '_refresh':
      case '_forcemerge':
        return ok({ _shards: shards(engine.resolve(name).length) });
      case '_analyze':
        return analyze(request);
      default:
        return undefined;
    }
  }

  #document(
    request: ApiRequest,
    name: string,
    kind: string,
    id: string | undefined,
  ): ApiResponse | Promise<ApiResponse> | undefined {
    if (request.method === 'GET' || request.method === 'HEAD') {
      return id === undefined || kind !== '_doc' ? undefined : getDocument(this.#engine, request, name, id);
    }
    if (request.method === 'DELETE') return this.#write('delete', name, id, request);
    // Without an id there is nothing that it could replace.
    const create =
      id === undefined ||
      kind === '_create' ||
      request.query.get('op_type') === 'create' ||
      this.#engine.get(name)?.dataStream === true;
    return this.#write(create ? 'create' : 'index', name, id, request);
  }

  async #write(
    action: BulkOperation['action'],
    index: string,
    id: string | undefined,
    request: ApiRequest,
  ): Promise<ApiResponse> {
    if ((action === 'delete' || action === 'update') && id === undefined) throw badRequest('an id is missing');
    const { query } = request;
    if (query.has('version') || query.has('version_type')) {
      throw badRequest(
        'versions from outside are not supported: use if_seq_no and if_primary_term',
        'action_request_validation_exception',
      );
    }
    const ifSeqNo = parseIfSeqNo(query.get('if_seq_no'), query.get('if_primary_term'));
    return single(this.#engine, { action, index, id, ifSeqNo, source: action === 'delete' ? undefined : request.body });
  }

  #scroll(request: ApiRequest, id: string | undefined): ApiResponse | Promise<ApiResponse> {
    if (request.method !== 'DELETE') return this.#search.nextScroll(request, id);
    const ids = id === undefined ? jsonBody(request)['scroll_id'] : id;
    if (ids === '_all') {
      mayCloseAll(request);
      return ok({ succeeded: true, num_freed: this.#contexts.scrolls.closeAll() });
    }
    const freed = (Array.isArray(ids) ? ids : [ids]).filter((one) => this.#contexts.scrolls.close(one)).length;
    return { status: freed > 0 ? 200 : 404, body: { succeeded: true, num_freed: freed } };
  }

  #closePoints(request: ApiRequest, third: string | undefined): ApiResponse | undefined {
    if (request.method !== 'DELETE') return undefined;
    if (third === '_all') {
      mayCloseAll(request);
      return ok({ pits: [], num_freed: this.#contexts.points.closeAll() });
    }
    const body = jsonBody(request);
    const asked = body['id'] ?? body['pit_id'];
    const ids: unknown[] = Array.isArray(asked) ? asked : [asked];
    const closed = ids.map((id) => ({ pit_id: id, successful: this.#contexts.points.close(id) }));
    const freed = closed.filter((item) => item.successful).length;
    return { status: freed > 0 ? 200 : 404, body: { succeeded: freed > 0, num_freed: freed, pits: closed } };
  }

  #alias(request: ApiRequest, name: string, alias: string | undefined): ApiResponse {
    if (request.method === 'GET' || request.method === 'HEAD') return indices.getAliases(this.#engine, name, alias);
    if (alias === undefined) throw badRequest('an alias is missing');
    for (const index of this.#engine.resolve(name)) {
      if (request.method === 'DELETE') this.#engine.aliases.get(alias)?.delete(index.name);
      else this.#engine.addAlias(alias, index.name);
    }
    this.#engine.catalogChanged();
    return acknowledged;
  }

  #resolve(expression: string | undefined): ApiResponse {
    const found = this.#engine.resolve(expression, { ignoreUnavailable: true });
    return ok({
      indices: found.filter((index) => !index.dataStream).map((index) => ({ name: index.name, attributes: ['open'] })),
      aliases: [...this.#engine.aliases].map(([name, targets]) => ({ name, indices: [...targets] })),
      data_streams: found
        .filter((index) => index.dataStream)
        .map((index) => ({
          name: index.name,
          backing_indices: [`.ds-${index.name}-000001`],
          timestamp_field: '@timestamp',
        })),
    });
  }
}

/** Those of others are among them. */
function mayCloseAll({ principal }: ApiRequest): void {
  if (!principal.mayCluster('manage')) throw principal.refusal('manage');
}

function unknown(request: ApiRequest): ApiResponse {
  const path = `/${request.path.join('/')}`;
  return { status: 400, body: { error: `no handler found for uri [${path}] and method [${request.method}]` } };
}

function analyze(request: ApiRequest): ApiResponse {
  const text = jsonBody(request)['text'];
  const texts = Array.isArray(text) ? text.map(String) : [textOf(text ?? '')];
  const tokens = texts.flatMap((one) =>
    tokensWithBounds(one).map((token, position) => ({
      token: token.text,
      start_offset: token.start,
      end_offset: token.end,
      type: '<ALPHANUM>',
      position,
    })),
  );
  return ok({ tokens });
}
