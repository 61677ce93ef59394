/**
 * An API group that is computed rather than stored (metrics.k8s.io, health.vigil.dev, logs.vigil.dev, alerts.vigil.dev). The API server authenticates,
 * checks RBAC with the request's own attributes (group, resource, verb, namespace, name), serves discovery for it and then calls `handle`.
 */
export interface ApiExtension {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ExtensionResource[];
  handle(request: ExtensionRequest): Promise<ExtensionResponse>;
}

export interface ExtensionResource {
  readonly name: string;
  readonly singularName: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly verbs: readonly ('get' | 'list' | 'watch' | 'create' | 'delete' | 'update')[];
}

export interface User {
  readonly name: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What RBAC decides about. Either a resource or a `nonResourcePath`. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly nonResourcePath?: string | undefined;
}

export interface ExtensionRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'delete' | 'update';
  readonly resource: string;
  readonly subresource?: string | undefined;
  /** Path segments after the subresource, decoded. */
  readonly rest: readonly string[];
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly query: URLSearchParams;
  /** Parsed JSON body, at most 1 MiB. */
  readonly body: unknown;
  readonly user: User;
  /** Asks RBAC about something further, e.g. `get pods/log` in a namespace. */
  may(attributes: AccessAttributes): Promise<boolean>;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** `body` is sent as JSON; `lines` as one JSON object a line until it ends. Throw `KubeApiError` for a Status answer. */
export type ExtensionResponse =
  | { readonly status?: number; readonly body: unknown }
  | { readonly status?: number; readonly lines: AsyncIterable<unknown> };
