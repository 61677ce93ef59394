import { badRequest, methodNotAllowed, noSuchPage, pathNotFound } from '../../lib/kube/status-errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Logger } from '../../lib/log.ts';
import type { Aggregation } from './aggregation/aggregation.ts';
import { answerAggregated } from './aggregation/aggregated-proxy.ts';
import type { Discovery } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import type { ApiExtension } from './extension.ts';
import { answerExtension } from './extensions.ts';
import type { PathRequest } from './request-info.ts';
import { servedKind, type ServedKind } from './served-kind.ts';
import { getObject, listCollection } from './verbs/read.ts';
import { answerSubresource } from './verbs/subresource.ts';
import { watchCollection } from './verbs/watch.ts';
import { create, patch, remove, removeCollection, update } from './verbs/write.ts';
import type { ResourceExchange, PostedHandler, ComputedHandler, ConnectHandler, PathHandler } from './handlers.ts';

export interface DispatcherOptions {
  readonly registry: Registry;
  readonly log: Logger;
  readonly authorizer: Authorizer;
  readonly aggregation: Aggregation;
  readonly discovery: Discovery;
  readonly extensions: readonly ApiExtension[];
  /** By `group/version/plural`. */
  readonly posted: ReadonlyMap<string, PostedHandler>;
  /** By `group/version/plural`. */
  readonly computed: ReadonlyMap<string, ComputedHandler>;
  /** By `plural/subresource`. */
  readonly connects: ReadonlyMap<string, ConnectHandler>;
  /** By the first segment of the path: `healthz`, `openapi`. */
  readonly paths: ReadonlyMap<string, PathHandler>;
}

/** Sends each request to who answers it. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #extensions: ReadonlyMap<string, ApiExtension>;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#extensions = new Map(options.extensions.map((one) => [`${one.group}/${one.version}`, one]));
  }

  dispatch(exchange: Exchange): void | Promise<void> {
    const { routes, link } = this.#options.aggregation;
    if (!routes.isEmpty) {
      const route = routes.ofPath(exchange.path);
      if (route) return answerAggregated(exchange, route, link, this.#options.log);
    }
    if (exchange.info.kind === 'path') return this.#path(exchange as Exchange<PathRequest>);
    return this.#resource(exchange as ResourceExchange);
  }

  #path(exchange: Exchange<PathRequest>): void | Promise<void> {
    const [first = '', second, third, ...rest] = exchange.path
      .split('/')
      .slice(1)
      .filter((part) => part !== '');
    // Two slashes at the beginning are another path.
    if (exchange.path.startsWith('//')) throw noSuchPage();
    if (first === 'api' || first === 'apis') {
      if (rest.length > 0) throw noSuchPage();
      this.#discover(exchange, first === 'api', second, third);
      return;
    }
    const handler = this.#options.paths.get(first);
    if (!handler) throw noSuchPage();
    const { method } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
    return handler(exchange);
  }

  #discover(
    exchange: Exchange<PathRequest>,
    isCore: boolean,
    second: string | undefined,
    third: string | undefined,
  ): void {
    const { method } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
    const { discovery } = this.#options;
    if (second === undefined) {
      const accept = exchange.request.headers.accept ?? '';
      const asked = /as=APIGroupDiscoveryList/.test(accept) ? /v=(v2beta1|v2)\b/.exec(accept)?.[1] : undefined;
      if (asked === 'v2' || asked === 'v2beta1') {
        const contentType = `application/json;g=apidiscovery.k8s.io;v=${asked};as=APIGroupDiscoveryList`;
        exchange.response.setHeader('vary', 'Accept');
        exchange.sendBytes(200, Buffer.from(JSON.stringify(discovery.aggregated(isCore, asked))), contentType);
        return;
      }
      exchange.sendDocument(200, isCore ? discovery.legacyVersions() : discovery.groups());
      return;
    }
    const found = isCore
      ? third === undefined && discovery.resources('', second)
      : third === undefined
        ? discovery.group(second)
        : discovery.resources(second, third);
    if (!found) throw isCore || discovery.group(second) ? pathNotFound() : noSuchPage();
    exchange.sendDocument(200, found);
  }

  #resource(exchange: ResourceExchange): void | Promise<void> {
    const { registry, posted, computed } = this.#options;
    const { group, version, resource, subresource, verb } = exchange.info;
    const extension = this.#extensions.get(`${group}/${version}`);
    if (extension) return answerExtension(extension, exchange, this.#options.authorizer);
    const path = `${group}/${version}/${resource}`;
    if (exchange.info.isWatchPath && (posted.has(path) || computed.has(path))) throw pathNotFound();
    const postedTo = posted.get(path);
    if (postedTo) {
      if (verb !== 'create') throw methodNotAllowed();
      return postedTo(exchange);
    }
    const handler = computed.get(path);
    if (handler) {
      handler(exchange);
      return undefined;
    }
    const kind = this.#kindOf(group, version, resource);
    checkPlace(kind, exchange);
    if (kind.deprecation !== undefined) exchange.warn(kind.deprecation);
    // Whoever names a revision says how old an answer may be, and a new object needs none that is there; everybody else is shown what anybody was answered before.
    const needsLatest = (verb !== 'create' || subresource !== undefined) && !exchange.query.get('resourceVersion');
    const behind = needsLatest ? registry.catchUp() : undefined;
    return behind ? behind.then(() => this.#stored(kind, exchange)) : this.#stored(kind, exchange);
  }

  #kindOf(group: string, version: string, resource: string): ServedKind {
    try {
      return servedKind(this.#options.registry, group, version, resource);
    } catch (error) {
      throw group === '' || this.#options.discovery.group(group) ? error : noSuchPage();
    }
  }

  #stored(kind: ServedKind, exchange: ResourceExchange): Promise<void> {
    const { registry, connects } = this.#options;
    const { group, resource, subresource, verb, name } = exchange.info;
    if (subresource !== undefined) {
      if (verb === 'watch') throw pathNotFound();
      const connect = group === '' ? connects.get(`${resource}/${subresource}`) : undefined;
      return connect ? connect(exchange) : answerSubresource(registry, kind, exchange);
    }
    switch (verb) {
      case 'get':
        return getObject(registry, kind, exchange);
      case 'list':
        return listCollection(registry, kind, exchange);
      case 'watch':
        return watchCollection(registry, kind, exchange);
      case 'create':
        if (name !== undefined) throw methodNotAllowed();
        return create(registry, kind, exchange);
      case 'update':
        if (name === undefined) throw methodNotAllowed();
        return update(registry, kind, exchange);
      case 'patch':
        if (name === undefined) throw methodNotAllowed();
        return patch(registry, kind, exchange);
      case 'delete':
        return remove(registry, kind, exchange);
      case 'deletecollection':
        return removeCollection(registry, kind, exchange);
    }
  }
}

/** Throws 404 and 405 for objects where there are none: of the cluster in a namespace, or of a namespace outside. */
function checkPlace({ type }: ServedKind, { info, request }: ResourceExchange): void {
  const { namespace, name, verb, subresource } = info;
  // What stands behind a proxy has methods of its own.
  if (request.method === 'OPTIONS' && subresource !== 'proxy') throw methodNotAllowed();
  if (type.plural === 'namespaces') return;
  if (type.namespaced && namespace === undefined) {
    if (name !== undefined) throw pathNotFound();
    if (verb !== 'list' && verb !== 'watch') throw methodNotAllowed();
  }
  if (!type.namespaced && namespace !== undefined) throw pathNotFound();
  if (subresource === undefined && (name === '.' || name === '..'))
    throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: may not be '${name}'`);
}
