import type { BulkOperation } from '../engine/bulk-write.ts';
import type { Engine } from '../engine/engine.ts';
import type { StoreError } from '../engine/store-error.ts';
import type { Principal } from '../security/principal.ts';
import type { ApiRequest } from './request.ts';

/** What a request needs: a privilege on the store as a whole, one on the indices that it names at some place of its path, or a look into its body. */
type Requirement =
  | { readonly scope: 'cluster'; readonly privilege: string }
  | { readonly scope: 'index'; readonly privilege: string; readonly at: number }
  | { readonly scope: 'body' };

/** Matches no index. */
const NOTHING = '.nothing-*';

/** Checks what a request's path says and narrows it to the indices that the sender may use. Throws a 403 that names what is missing. */
export function authorized(engine: Engine, request: ApiRequest): ApiRequest {
  const { principal, path } = request;
  if (principal.isUnrestricted) return request;
  const needed = requirementOf(request);
  if (needed.scope === 'body') return request;
  if (needed.scope === 'cluster') {
    if (!principal.mayCluster(needed.privilege)) throw principal.refusal(needed.privilege);
    return request;
  }
  const names = allowedNames(engine, principal, path[needed.at], needed.privilege);
  if (names === path[needed.at]) return request;
  const narrowed = needed.at === 0 && path[0]?.startsWith('_') ? [names, ...path] : [...path];
  narrowed[needed.at] = names;
  return { ...request, path: narrowed };
}

/** The part of an index expression that the principal has the privilege on. A plain name without it is a 403; wildcards reach only what is allowed. */
export function allowedNames(
  engine: Engine,
  principal: Principal,
  expression: string | undefined,
  privilege: string,
): string {
  if (principal.isUnrestricted) return expression ?? '*';
  const isOpen = expression === undefined || expression === '' || expression === '_all' || expression.startsWith('_');
  const given = isOpen ? '*' : expression;
  const parts = given.split(',');
  for (const part of parts) {
    if (part.includes('*') || part.startsWith('-')) continue;
    const targets = engine.resolve(part, { ignoreUnavailable: true }).map((index) => index.name);
    for (const name of targets.length > 0 ? targets : [part]) {
      if (!principal.mayIndex(privilege, name)) throw principal.refusal(privilege, name);
    }
  }
  if (!parts.some((part) => part.includes('*'))) return given;
  const found = engine.resolve(given, { ignoreUnavailable: true }).map((index) => index.name);
  const allowed = found.filter((name) => principal.mayIndex(privilege, name));
  if (allowed.length === found.length) return given;
  return allowed.length > 0 ? allowed.join(',') : NOTHING;
}

export type Refusal = (operation: Pick<BulkOperation, 'action' | 'index'>) => StoreError | undefined;

/** Tells why operations of a bulk are refused; `undefined` for a principal to whom nothing is. */
export function bulkRefusal(engine: Engine, principal: Principal): Refusal | undefined {
  return principal.isUnrestricted ? undefined : (operation) => refusalOf(engine, principal, operation);
}

function refusalOf(
  engine: Engine,
  principal: Principal,
  { action, index }: Parameters<Refusal>[0],
): StoreError | undefined {
  const privilege = action === 'create' ? 'create_doc' : action === 'delete' ? 'delete' : 'index';
  if (!principal.mayIndex(privilege, index)) return principal.refusal(privilege, index);
  const makes = action !== 'delete' && !engine.get(index);
  return makes && !principal.mayIndex('auto_configure', index) ? principal.refusal('auto_configure', index) : undefined;
}

const cluster = (privilege: string): Requirement => ({ scope: 'cluster', privilege });
const onIndex = (privilege: string, at: number): Requirement => ({ scope: 'index', privilege, at });
const inBody: Requirement = { scope: 'body' };

function requirementOf({ method, path }: ApiRequest): Requirement {
  const [first, second] = path;
  const reads = method === 'GET' || method === 'HEAD';
  if (first === undefined) return cluster('monitor');
  if (!first.startsWith('_') || first === '_all') return ofIndex(method, second, reads);
  switch (first) {
    case '_bulk':
    case '_msearch':
    case '_mget':
    case '_pit':
    // Keys and roles: who may do what depends on whose they are.
    case '_security':
      return inBody;
    case '_search':
      return second === 'scroll' || second === 'point_in_time' ? inBody : onIndex('read', 0);
    case '_count':
    case '_field_caps':
      return onIndex('read', 0);
    case '_mapping':
    case '_mappings':
    case '_settings':
    case '_alias':
      return onIndex('view_index_metadata', 0);
    case '_stats':
      return onIndex('monitor', 0);
    case '_refresh':
    case '_flush':
    case '_forcemerge':
      return onIndex('maintenance', 0);
    case '_aliases':
      return cluster('manage');
    case '_cat':
      return second === 'indices' || second === 'count' ? onIndex('monitor', 2) : cluster('monitor');
    case '_resolve':
      return onIndex('view_index_metadata', 2);
    case '_data_stream':
      if (reads) return onIndex('view_index_metadata', 1);
      return onIndex(path[2] === '_lifecycle' ? 'manage' : method === 'DELETE' ? 'delete_index' : 'create_index', 1);
    case '_index_template':
    case '_component_template':
      return cluster(reads ? 'monitor' : 'manage_index_templates');
    case '_ilm':
      return cluster(reads ? 'monitor' : 'manage_ilm');
    case '_ingest':
      return cluster(reads ? 'monitor' : 'manage_ingest_pipelines');
    case '_snapshot':
      return cluster(snapshotPrivilege(method, path, reads));
    default:
      return cluster(reads || method === 'POST' ? 'monitor' : 'manage');
  }
}

function ofIndex(method: string, verb: string | undefined, reads: boolean): Requirement {
  switch (verb) {
    case undefined:
      if (reads) return onIndex('view_index_metadata', 0);
      return onIndex(method === 'DELETE' ? 'delete_index' : 'create_index', 0);
    case '_bulk':
      return inBody;
    case '_doc':
      return onIndex(reads ? 'read' : method === 'DELETE' ? 'delete' : 'index', 0);
    case '_create':
      return onIndex('create_doc', 0);
    case '_update':
      return onIndex('index', 0);
    case '_delete_by_query':
      return onIndex('delete', 0);
    case '_update_by_query':
      return onIndex('index', 0);
    case '_search':
    case '_msearch':
    case '_count':
    case '_mget':
    case '_source':
    case '_pit':
    case '_field_caps':
    case '_analyze':
      return onIndex('read', 0);
    case '_stats':
      return onIndex('monitor', 0);
    case '_refresh':
    case '_flush':
    case '_forcemerge':
      return onIndex('maintenance', 0);
    default:
      return onIndex(reads ? 'view_index_metadata' : 'manage', 0);
  }
}

function snapshotPrivilege(method: string, path: readonly string[], reads: boolean): string {
  if (reads) return 'monitor_snapshot';
  const creates = path.length === 3 && (method === 'PUT' || method === 'POST');
  return creates ? 'create_snapshot' : 'manage_snapshots';
}
