import { badRequest } from '../engine/store-error.ts';
import { globMatches } from '../mapping/glob.ts';

/** What a role allows on indices: those whose names match, and of their documents those that the query matches. */
export interface IndexGrant {
  readonly names: readonly string[];
  readonly privileges: readonly string[];
  /** A query of the DSL; absent = all documents. */
  readonly query?: unknown;
}

/** A role as Elasticsearch describes it: privileges on the store as a whole and on indices. */
export interface Role {
  readonly cluster: readonly string[];
  readonly indices: readonly IndexGrant[];
}

/** Privileges and what they include, as in Elasticsearch. */
const included: Readonly<Record<'cluster' | 'index', Readonly<Record<string, readonly string[]>>>> = {
  cluster: {
    manage: [
      'monitor',
      'manage_index_templates',
      'manage_ilm',
      'manage_ingest_pipelines',
      'manage_snapshots',
      'create_snapshot',
      'monitor_snapshot',
    ],
    manage_snapshots: ['create_snapshot', 'monitor_snapshot'],
    create_snapshot: ['monitor_snapshot'],
    manage_security: ['manage_api_key', 'manage_own_api_key'],
    manage_api_key: ['manage_own_api_key'],
    manage_index_templates: [],
    manage_ilm: [],
    manage_ingest_pipelines: [],
    manage_own_api_key: [],
    monitor_snapshot: [],
    monitor: [],
  },
  index: {
    manage: ['monitor', 'view_index_metadata', 'maintenance', 'create_index', 'delete_index', 'auto_configure'],
    write: ['index', 'create', 'create_doc', 'delete'],
    index: ['create', 'create_doc'],
    create: ['create_doc'],
    create_doc: [],
    delete: [],
    read: [],
    monitor: [],
    view_index_metadata: [],
    maintenance: [],
    create_index: ['auto_configure'],
    delete_index: [],
    auto_configure: [],
  },
};

const MAX_GRANTS = 100;

/** Roles that are always there: everything; what a shipper of logs needs and no more; reading. */
export const builtInRoles: Readonly<Record<string, Role>> = {
  superuser: { cluster: ['all'], indices: [{ names: ['*'], privileges: ['all'] }] },
  writer: {
    cluster: ['monitor', 'manage_index_templates', 'manage_ilm'],
    indices: [{ names: ['logs-*'], privileges: ['create_doc', 'auto_configure'] }],
  },
  reader: {
    cluster: ['monitor', 'manage_own_api_key'],
    indices: [{ names: ['*'], privileges: ['read', 'view_index_metadata', 'monitor'] }],
  },
};

/** Whether any of the roles has the privilege on the store as a whole. */
export function allowsCluster(roles: readonly Role[], privilege: string): boolean {
  return roles.some((role) => role.cluster.some((own) => includes('cluster', own, privilege)));
}

/** Whether any of the roles has the privilege on that index. */
export function allowsIndex(roles: readonly Role[], privilege: string, index: string): boolean {
  return grantsFor(roles, privilege, index).length > 0;
}

/** The query that limits what may be seen of an index: `undefined` when all of it, a query that matches nothing when none. */
export function visibleDocuments(roles: readonly Role[], privilege: string, index: string): unknown {
  const grants = grantsFor(roles, privilege, index);
  if (grants.length === 0) return { match_none: {} };
  if (grants.some((grant) => grant.query === undefined)) return undefined;
  const queries = grants.map((grant) => grant.query);
  return queries.length === 1 ? queries[0] : { bool: { should: queries, minimum_should_match: 1 } };
}

function grantsFor(roles: readonly Role[], privilege: string, index: string): IndexGrant[] {
  return roles.flatMap((role) =>
    role.indices.filter(
      (grant) =>
        grant.names.some((pattern) => globMatches(pattern, index)) &&
        grant.privileges.some((own) => includes('index', own, privilege)),
    ),
  );
}

function includes(scope: 'cluster' | 'index', own: string, wanted: string): boolean {
  return own === wanted || own === 'all' || included[scope][own]?.includes(wanted) === true;
}

/** Reads a role as a client writes it. Throws a 400 that names the role and the part that is wrong. */
export function parseRole(name: string, value: unknown): Role {
  if (typeof value !== 'object' || value === null) throw badRequest(`role [${name}] must be an object`);
  const body = value as Readonly<Record<string, unknown>>;
  const known = [
    'cluster',
    'indices',
    'index',
    'metadata',
    'applications',
    'run_as',
    'transient_metadata',
    'description',
  ];
  for (const key of Object.keys(body)) {
    if (!known.includes(key)) throw badRequest(`role [${name}] has no field [${key}]`);
  }
  const given = body['indices'] ?? body['index'] ?? [];
  if (!Array.isArray(given) || given.length > MAX_GRANTS) {
    throw badRequest(`[indices] of role [${name}] must be a list of at most ${MAX_GRANTS} objects`);
  }
  return {
    cluster: privilegesOf(name, 'cluster', body['cluster'] ?? []),
    indices: given.map((grant: unknown) => parseGrant(name, grant)),
  };
}

function parseGrant(role: string, value: unknown): IndexGrant {
  const grant = (value ?? {}) as Readonly<Record<string, unknown>>;
  const names = typeof grant['names'] === 'string' ? [grant['names']] : grant['names'];
  if (!Array.isArray(names) || names.length === 0) throw badRequest(`[indices] of role [${role}] needs [names]`);
  const query = typeof grant['query'] === 'string' ? parseQuery(role, grant['query']) : (grant['query'] ?? undefined);
  return {
    names: names.map(String),
    privileges: privilegesOf(role, 'index', grant['privileges'] ?? []),
    ...(query === undefined ? {} : { query }),
  };
}

/** The query may be given as text, as Elasticsearch's own roles have it. */
function parseQuery(role: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`[query] of role [${role}] is not JSON`);
  }
}

function privilegesOf(role: string, scope: 'cluster' | 'index', value: unknown): string[] {
  if (!Array.isArray(value)) throw badRequest(`privileges of role [${role}] must be a list`);
  return value.map((item: unknown) => {
    const name = String(item);
    if (name !== 'all' && !Object.hasOwn(included[scope], name)) {
      throw badRequest(
        `unknown ${scope} privilege [${name}] in role [${role}]: one of all, ${Object.keys(included[scope]).join(', ')}`,
      );
    }
    return name;
  });
}
