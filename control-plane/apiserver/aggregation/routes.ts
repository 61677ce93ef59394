import type { Component } from '../../../lib/component.ts';
import { apiServices } from '../../../lib/kube/resources.ts';
import type { APIService } from '../../../lib/kube/types.ts';
import type { Registry } from '../../registry/registry.ts';

/** A group version that a server behind a Service answers. */
export interface Route {
  /** Of its APIService. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** PEM; the machine's own roots when absent. */
  readonly ca: string | undefined;
  readonly isVerified: boolean;
  readonly isAvailable: boolean;
}

/** A server's place among those that offer a group, and a version's among those of its group: the highest first. */
export interface ApiPriority {
  readonly group: number;
  readonly version: number;
}

const HTTPS_PORT = 443;

/** What APIServices say about who answers which group version, as of the last write. */
export class ApiServiceRoutes implements Component {
  readonly name = 'routes to aggregated servers';
  readonly #registry: Registry;
  /** By `group/version`. */
  readonly #routes = new Map<string, Route>();
  #unfollow: () => void = () => {};
  #version = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): Promise<void> {
    const { cache } = this.#registry.of(apiServices);
    for (const { object } of cache.all()) this.#put(object);
    this.#unfollow = cache.follow(({ type, entry }) => {
      const apiService = entry.object as APIService;
      if (type === 'DELETED') this.#remove(apiService);
      else this.#put(apiService);
    });
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#unfollow();
    return Promise.resolve();
  }

  /** True where this server answers everything: then nobody needs to ask further. */
  get isEmpty(): boolean {
    return this.#routes.size === 0;
  }

  /** Changes with every APIService that is written. */
  get version(): number {
    return this.#version;
  }

  all(): Iterable<Route> {
    return this.#routes.values();
  }

  find(group: string, version: string): Route | undefined {
    return this.#routes.get(`${group}/${version}`);
  }

  /** Who answers a path; `undefined` when this server does. */
  ofPath(path: string): Route | undefined {
    if (this.#routes.size === 0 || !path.startsWith('/apis/')) return undefined;
    const groupEnd = path.indexOf('/', '/apis/'.length);
    if (groupEnd < 0) return undefined;
    const end = path.slice(groupEnd + 1).search(/[/?]/);
    return this.#routes.get(path.slice('/apis/'.length, end < 0 ? undefined : groupEnd + 1 + end));
  }

  /** As an APIService says; `undefined` when there is none. */
  priorityOf(group: string, version: string): ApiPriority | undefined {
    const found = this.#registry.of(apiServices).cache.get(`${version}.${group}`)?.object as APIService | undefined;
    return found?.spec && { group: found.spec.groupPriorityMinimum, version: found.spec.versionPriority };
  }

  #put(apiService: APIService): void {
    this.#version++;
    const route = routeOf(apiService);
    if (route) this.#routes.set(`${route.group}/${route.version}`, route);
    else this.#remove(apiService);
  }

  #remove({ spec }: APIService): void {
    this.#version++;
    this.#routes.delete(`${spec?.group ?? ''}/${spec?.version ?? ''}`);
  }
}

/** `undefined` for what this server answers itself; that is always so for the core group, without which nothing else can be served. */
export function routeOf({ metadata, spec, status }: APIService): Route | undefined {
  const { group = '', version = '', service, caBundle, insecureSkipTLSVerify } = spec ?? {};
  if (!service || group === '') return undefined;
  return {
    name: metadata?.name ?? '',
    group,
    version,
    service: { namespace: service.namespace ?? '', name: service.name ?? '', port: service.port ?? HTTPS_PORT },
    ca: caBundle ? Buffer.from(caBundle, 'base64').toString('utf8') : undefined,
    isVerified: insecureSkipTLSVerify !== true,
    isAvailable: status?.conditions?.some((one) => one.type === 'Available' && one.status === 'True') === true,
  };
}

/** The name that the certificate of the server behind a route must carry. */
export function serverNameOf({ service }: Pick<Route, 'service'>): string {
  return `${service.name}.${service.namespace}.svc`;
}
