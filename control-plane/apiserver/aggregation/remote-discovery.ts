import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { apiServices, type ResourceType } from '../../../lib/kube/resources.ts';
import type { Registry } from '../../registry/registry.ts';
import type { DiscoveredResource, DiscoveredVersion, RemoteGroups } from '../discovered.ts';
import type { AggregatedLink } from './aggregated-link.ts';
import { boundedBody } from './bounded-body.ts';
import { identityHeaders } from './front-proxy-headers.ts';
import { followedKinds } from './remote-kinds.ts';
import { openapiLocation, resourcesOfAggregated, resourcesOfList } from './remote-resources.ts';
import { aggregator } from './remote-user.ts';
import type { ApiPriority, ApiServiceRoutes, Route } from './routes.ts';

const WORKERS = 2;
/** What servers serve may change without anybody telling. */
const RECHECK_MS = 60_000;
const FETCH_TIMEOUT_MS = 5_000;
const MAX_DISCOVERY_BYTES = 4 * 1024 * 1024;
const ACCEPT = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

interface Catalogue {
  readonly resources: readonly DiscoveredResource[];
  readonly isStale: boolean;
  readonly etag: string | undefined;
  /** Where the OpenAPI document (version 3) of the group version is, if the server has one. */
  readonly openapi: string | undefined;
}

/** Knows what aggregated servers serve: asked when one appears or recovers, and again each minute. What one said last is shown as stale while it cannot be asked. */
export class RemoteDiscovery implements Component, RemoteGroups {
  readonly name = 'discovery of aggregated servers';
  readonly #registry: Registry;
  readonly #routes: ApiServiceRoutes;
  readonly #link: AggregatedLink;
  readonly #controller: Controller;
  /** By the name of the APIService. */
  readonly #catalogues = new Map<string, Catalogue>();
  readonly #listeners = new Set<() => void>();
  #unfollow: () => void = () => {};
  #changes = 0;

  constructor(registry: Registry, routes: ApiServiceRoutes, link: AggregatedLink) {
    this.#registry = registry;
    this.#routes = routes;
    this.#link = link;
    this.#controller = new Controller({
      name: 'aggregated-discovery',
      clock: registry.clock,
      log: registry.log,
      workers: WORKERS,
      maxRetryDelayMs: RECHECK_MS,
      reconcile: (name, signal) => this.#refresh(name, signal),
    });
  }

  get version(): number {
    return this.#changes + this.#routes.version;
  }

  async start(signal: AbortSignal): Promise<void> {
    for (const { name } of this.#routes.all()) this.#controller.enqueue(name);
    this.#unfollow = this.#registry.of(apiServices).cache.follow(({ entry }) => this.#controller.enqueue(entry.key));
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    this.#unfollow();
    await this.#controller.stop();
  }

  versions(): readonly DiscoveredVersion[] {
    return [...this.#routes.all()].map(({ name, group, version, isAvailable }) => {
      const known = this.#catalogues.get(name);
      return { group, version, resources: known?.resources ?? [], isStale: !isAvailable || known?.isStale !== false };
    });
  }

  /** Entries of the index of OpenAPI documents: `apis/GROUP/VERSION` and where its document is. */
  openapiPaths(): readonly (readonly [string, string])[] {
    return [...this.#routes.all()].flatMap(({ name, group, version }) => {
      const location = this.#catalogues.get(name)?.openapi;
      return location === undefined ? [] : [[`apis/${group}/${version}`, location] as const];
    });
  }

  /** The kinds that the loops of the control plane follow. */
  list(): readonly ResourceType[] {
    return this.#routes.isEmpty ? [] : followedKinds(this);
  }

  /** Group versions of which it is not known at present what they serve. */
  undiscovered(): readonly string[] {
    if (this.#routes.isEmpty) return [];
    return this.versions().flatMap((one) => (one.isStale ? [`${one.group}/${one.version}`] : []));
  }

  priorityOf(group: string, version: string): ApiPriority | undefined {
    return this.#routes.priorityOf(group, version);
  }

  /** Calls back when what is served elsewhere has changed. The returned function ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async #refresh(name: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const route = [...this.#routes.all()].find((one) => one.name === name);
    const before = this.#catalogues.get(name);
    if (!route) {
      if (before) this.#note(name, undefined);
      this.#link.keep(this.#routes.all());
      return undefined;
    }
    if (!route.isAvailable) {
      this.#note(name, stale(before));
      return undefined;
    }
    try {
      this.#note(name, await this.#fetch(route, before, signal));
    } catch (error) {
      signal.throwIfAborted();
      this.#note(name, stale(before));
      throw new Error(`discovery of ${name}: ${messageOf(error)}`, { cause: error });
    }
    return { requeueAfterMs: RECHECK_MS };
  }

  async #fetch(route: Route, before: Catalogue | undefined, signal: AbortSignal): Promise<Catalogue> {
    const headers: Record<string, string> = { accept: ACCEPT };
    if (before?.etag !== undefined) headers['if-none-match'] = before.etag;
    const openapi = await this.#openapiOf(route, signal);
    const answer = await this.#ask(route, '/apis', headers, signal);
    if (answer.status === 304 && before) return { ...before, openapi, isStale: false };
    if (answer.status === 200 && answer.contentType.includes('as=APIGroupDiscoveryList')) {
      const resources = resourcesOfAggregated(JSON.parse(answer.body.toString('utf8')), route);
      if (resources) return { resources, openapi, isStale: false, etag: answer.etag };
    }
    // Servers from before the one document of everything.
    const path = `/apis/${route.group}/${route.version}`;
    const list = await this.#ask(route, path, { accept: 'application/json' }, signal);
    if (list.status !== 200) throw new Error(`GET ${path} was answered ${list.status}`);
    const resources = resourcesOfList(JSON.parse(list.body.toString('utf8')), route);
    return { resources, openapi, isStale: false, etag: undefined };
  }

  async #openapiOf(route: Route, signal: AbortSignal): Promise<string | undefined> {
    const { status, body } = await this.#ask(route, '/openapi/v3', { accept: 'application/json' }, signal);
    return status === 200 ? openapiLocation(JSON.parse(body.toString('utf8')), route) : undefined;
  }

  async #ask(route: Route, path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    const answer = await this.#link.request(route, {
      method: 'GET',
      path,
      headers: { ...headers, ...identityHeaders(aggregator) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
    });
    return {
      status: answer.statusCode ?? 0,
      contentType: answer.headers['content-type'] ?? '',
      etag: answer.headers.etag,
      body: await boundedBody(answer, MAX_DISCOVERY_BYTES),
    };
  }

  #note(name: string, catalogue: Catalogue | undefined): void {
    const before = this.#catalogues.get(name);
    if (catalogue) this.#catalogues.set(name, catalogue);
    else this.#catalogues.delete(name);
    if (before?.isStale === catalogue?.isStale && isDeepStrictEqual(before?.resources, catalogue?.resources)) return;
    this.#changes++;
    for (const listener of this.#listeners) listener();
  }
}

function stale(before: Catalogue | undefined): Catalogue {
  return { resources: before?.resources ?? [], etag: before?.etag, openapi: before?.openapi, isStale: true };
}
