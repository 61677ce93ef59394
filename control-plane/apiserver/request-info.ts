import type { AccessAttributes } from './extension.ts';

type ApiVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** A request for an object or a collection. */
export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: ApiVerb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** Under `/watch/`, where only what can be watched has paths. */
  readonly isWatchPath: boolean;
  /** Path segments after the subresource, decoded: for proxies. */
  readonly rest: readonly string[];
}

/** Anything else: health, discovery, metrics, the console. */
export interface PathRequest {
  readonly kind: 'path';
  /** The HTTP method in lower case: what RBAC calls the verb. */
  readonly verb: string;
  readonly path: string;
}

export type RequestInfo = ResourceRequest | PathRequest;

/** Subresources of namespaces; what else stands behind a namespace's name is a resource in it. */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

/** What a request is about, from its method, path and query alone. */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const other: PathRequest = { kind: 'path', verb: method.toLowerCase(), path };
  const parts = segments(path);
  if (!parts) return other;
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return other;
  const head = isCore ? 2 : 3;
  if (parts.length <= head) return other;
  const group = isCore ? '' : (parts[1] ?? '');
  const version = parts[head - 1] ?? '';
  let rest = parts.slice(head);
  const isWatchPath = rest[0] === 'watch' && rest.length > 1;
  if (isWatchPath) rest = rest.slice(1);
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest[1] !== undefined) {
    namespace = rest[1];
    if (rest.length > 2 && !namespaceSubresources.has(rest[2] ?? '')) rest = rest.slice(2);
  }
  const [resource = '', name, subresource, ...behind] = rest;
  const isSelf = resource === 'namespaces';
  return {
    kind: 'resource',
    verb: verbOf(method, name !== undefined, isWatchPath || (name === undefined && isTrue(query.get('watch')))),
    group,
    version,
    resource,
    namespace: isSelf ? name : namespace,
    name,
    subresource,
    isWatchPath,
    rest: behind,
  };
}

/** What RBAC is asked about a request. */
export function attributesOf(info: RequestInfo, query: URLSearchParams): AccessAttributes {
  if (info.kind === 'path') return { verb: info.verb, nonResourcePath: info.path };
  const { verb, group, version, resource, subresource, namespace } = info;
  return { verb, group, version, resource, subresource, namespace, name: info.name ?? nameInSelector(query) };
}

/** Whoever may see one object may also list or watch just that one. */
function nameInSelector(query: URLSearchParams): string | undefined {
  const match = /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '');
  return match?.[1];
}

function verbOf(method: string, hasName: boolean, isWatch: boolean): ApiVerb {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return hasName ? 'delete' : 'deletecollection';
    default:
      if (isWatch) return 'watch';
      return hasName ? 'get' : 'list';
  }
}

/** `watch`, `watch=1`, `watch=true`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value !== 'false' && value !== 'f' && value !== 'F' && value !== 'FALSE';
}

function segments(path: string): string[] | undefined {
  const parts = decodedPath(path)?.split('/').slice(1);
  if (parts?.at(-1) === '') parts.pop();
  return parts;
}

/** The path with its codes resolved: a slash in code divides like any other. `undefined` when it cannot be. */
export function decodedPath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
