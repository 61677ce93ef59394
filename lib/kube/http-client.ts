import type { Clock } from '../clock.ts';
import {
  KubeApiError,
  type DeleteOptions,
  type KubeClient,
  type ListOptions,
  type ObjectKey,
  type PatchOptions,
  type PatchType,
  type WatchOptions,
  type WriteOptions,
} from './client.ts';
import { HttpTransport, type HttpAnswer, type HttpRequest, type HttpTransportOptions } from './http-transport.ts';
import { linesOf } from './json-lines.ts';
import { queryString, resourcePath, type Query } from './resource-path.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import type { KubeList, KubeObject, WatchEvent } from './types.ts';

/** The server is asked to end a watch after this long, so that a dead connection is noticed. */
const WATCH_SECONDS = 300;
/** What it may take longer to say so. */
const WATCH_OVERTIME_MS = 30_000;

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** `KubeClient` over HTTPS. Call `close` when it is no longer needed. */
export class HttpKubeClient implements KubeClient {
  readonly #http: HttpTransport;
  readonly #clock: Clock;
  readonly #watches = new Set<AbortController>();

  constructor(options: HttpTransportOptions) {
    this.#http = new HttpTransport(options);
    this.#clock = options.clock;
    // A watch whose connection was cut looks like one on which nothing happens, for as long as the kernel has patience. After trouble each is begun anew from the
    // last revision seen.
    this.#http.whenRecovered(() => {
      for (const watch of this.#watches) watch.abort();
    });
  }

  close(): void {
    this.#http.close();
  }

  /** Any request with this client's credentials, for what is not an object: logs, proxies, Vigil's own groups. The body is the caller's to read. */
  stream(request: HttpRequest): Promise<HttpAnswer> {
    return this.#http.stream(request);
  }

  /** The same for JSON in and out. */
  json(request: Omit<HttpRequest, 'body'> & { readonly body?: unknown }): Promise<unknown> {
    return this.#http.json(request);
  }

  async get<T extends KubeObject>(resource: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T> {
    return (await this.#http.json({ path: resourcePath(resource, key), signal })) as T;
  }

  async list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<KubeList<T>> {
    const path = resourcePath(resource, { namespace: options.namespace }) + queryString(selectionQuery(options));
    return (await this.#http.json({ path, signal })) as KubeList<T>;
  }

  async *watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const query = queryString({
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_SECONDS,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion,
    });
    const overdue = new AbortController();
    this.#watches.add(overdue);
    const cancel = this.#clock.after(WATCH_SECONDS * 1000 + WATCH_OVERTIME_MS, () => overdue.abort());
    try {
      const { body } = await this.#http.stream({
        path: resourcePath(resource, { namespace: options.namespace }) + query,
        headers: { accept: 'application/json' },
        signal: AbortSignal.any([signal, overdue.signal]),
      });
      for await (const line of linesOf(body as AsyncIterable<Uint8Array>)) {
        const event = JSON.parse(line.toString('utf8')) as WatchEvent<T>;
        if (event.type === 'ERROR') throw new KubeApiError(event.object);
        yield event;
      }
    } catch (error) {
      signal.throwIfAborted();
      // A connection that broke or outlived its time ends the watch quietly: the caller continues from the last revision seen.
      if (error instanceof KubeApiError) throw error;
    } finally {
      this.#watches.delete(overdue);
      cancel();
    }
  }

  async create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const at = options.subresource === undefined ? { namespace } : { namespace, name };
    return (await this.#http.json({
      method: 'POST',
      path: resourcePath(resource, at, options.subresource) + queryString(writeQuery(options)),
      body: typed(resource, object),
      signal,
    })) as T;
  }

  async update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const { namespace, name } = object.metadata ?? {};
    const path = resourcePath(resource, { namespace, name: name ?? '' }, options.subresource);
    return (await this.#http.json({
      method: 'PUT',
      path: path + queryString(writeQuery(options)),
      body: options.subresource === undefined || options.subresource === 'status' ? typed(resource, object) : object,
      signal,
    })) as T;
  }

  async patch<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options: PatchOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const query = queryString({ ...writeQuery(options), force: type === 'apply' ? options.force : undefined });
    return (await this.#http.json({
      method: 'PATCH',
      path: resourcePath(resource, key, options.subresource) + query,
      headers: { 'content-type': patchContentTypes[type] },
      body,
      signal,
    })) as T;
  }

  async delete<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const path = resourcePath(resource, key);
    return (await this.#http.json({ method: 'DELETE', path, body: deleteBody(options), signal })) as T;
  }

  async deleteCollection<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: ListOptions,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const path = resourcePath(resource, { namespace: selection.namespace }) + queryString(selectionQuery(selection));
    await this.#http.json({ method: 'DELETE', path, body: deleteBody(options), signal });
  }

  async createSubresource(
    resource: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    const path = resourcePath(resource, key, subresource);
    return (await this.#http.json({ method: 'POST', path, body, signal })) as KubeObject;
  }
}

function selectionQuery(options: ListOptions): Query {
  return {
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit,
    continue: options.continue,
    resourceVersion: options.resourceVersion,
  };
}

function writeQuery(options: WriteOptions): Query {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun === true ? 'All' : undefined };
}

function typed(resource: ResourceType, object: KubeObject): KubeObject {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

function deleteBody(options: DeleteOptions): unknown {
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
}
