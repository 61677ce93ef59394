import type { Clock } from '../../lib/clock.ts';
import { parseDurationMs } from '../../lib/duration.ts';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { globMatches } from '../mapping/glob.ts';
import type { Principal } from '../security/principal.ts';
import { parseRole, type Role } from '../security/roles.ts';
import type { ApiKey, SecurityStore } from '../security/security-store.ts';
import { textOf } from '../text-of.ts';
import { flag, jsonBody, ok, type ApiRequest, type ApiResponse } from './request.ts';

/** `_security`: API keys, roles, and who one is. */
export class SecurityApi {
  readonly #store: SecurityStore;
  readonly #clock: Clock;

  constructor(store: SecurityStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  handle(request: ApiRequest): ApiResponse | undefined {
    const [, what, name] = request.path;
    const { method, principal } = request;
    switch (what) {
      case '_authenticate':
        return ok(describePrincipal(principal));
      case 'api_key':
        if (method === 'PUT' || method === 'POST') return this.#createKey(request);
        return method === 'DELETE' ? this.#invalidateKeys(request) : this.#listKeys(request);
      case 'role':
        return this.#role(request, name);
      default:
        return undefined;
    }
  }

  #createKey(request: ApiRequest): ApiResponse {
    const { principal } = request;
    if (!principal.mayCluster('manage_own_api_key')) throw principal.refusal('manage_own_api_key');
    const body = jsonBody(request);
    const name = body['name'];
    if (typeof name !== 'string' || name === '' || name.length > 256) {
      throw badRequest('Validation Failed: 1: api key name is required;', 'action_request_validation_exception');
    }
    const described = (body['role_descriptors'] ?? {}) as Readonly<Record<string, unknown>>;
    const roles: Record<string, Role> = {};
    for (const [role, value] of Object.entries(described)) roles[role] = parseRole(role, value);
    // As in Elasticsearch: a key can make keys only when those can do nothing, so that no right outlives the key that had it.
    const isPowerless = Object.values(roles).every((role) => role.cluster.length + role.indices.length === 0);
    if (principal.apiKeyId !== undefined && (Object.keys(roles).length === 0 || !isPowerless)) {
      throw badRequest(
        'creating derived api keys requires an explicit role descriptor that is empty (has no privileges)',
      );
    }
    const expiresMs = this.#expiry(body['expiration']);
    const { key, secret } = this.#store.createKey({
      name,
      expiresMs,
      owner: principal.name,
      realm: principal.realm,
      roles,
      limitedBy: principal.layers,
      metadata: (body['metadata'] ?? {}) as Readonly<Record<string, unknown>>,
    });
    return ok({
      id: key.id,
      name,
      ...(expiresMs === undefined ? {} : { expiration: expiresMs }),
      api_key: secret,
      encoded: Buffer.from(`${key.id}:${secret}`).toString('base64'),
    });
  }

  #expiry(text: unknown): number | undefined {
    if (text === undefined || text === null) return undefined;
    const ms = parseDurationMs(textOf(text));
    if (ms === undefined || ms <= 0)
      throw badRequest(`failed to parse [expiration] with value [${textOf(text)}] as a time value such as 7d`);
    return this.#clock.now() + ms;
  }

  #listKeys(request: ApiRequest): ApiResponse {
    const query = Object.fromEntries(request.query);
    const found = this.#keysFor(request.principal, query, flag(request, 'owner'));
    if (typeof query['id'] === 'string' && found.length === 0) {
      throw new StoreError(404, 'resource_not_found_exception', `api key [${query['id']}] not found`);
    }
    return ok({ api_keys: found.map((key) => describeKey(key)) });
  }

  #invalidateKeys(request: ApiRequest): ApiResponse {
    const body = jsonBody(request);
    const ids = Array.isArray(body['ids'])
      ? body['ids'].map(String)
      : typeof body['id'] === 'string'
        ? [body['id']]
        : undefined;
    const named = { name: body['name'], username: body['username'] };
    if (!ids && named.name === undefined && named.username === undefined && body['owner'] !== true) {
      throw badRequest(
        'One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false',
      );
    }
    const found = this.#keysFor(request.principal, named, body['owner'] === true).filter(
      (key) => !ids || ids.includes(key.id),
    );
    const live = found.filter((key) => key.invalidatedMs === undefined).map((key) => key.id);
    this.#store.invalidate(live);
    const before = found.filter((key) => key.invalidatedMs !== undefined).map((key) => key.id);
    return ok({ invalidated_api_keys: live, previously_invalidated_api_keys: before, error_count: 0 });
  }

  /** Keys that the principal may know of: all, or its own. */
  #keysFor(
    principal: Principal,
    { id, name, username }: { readonly id?: unknown; readonly name?: unknown; readonly username?: unknown },
    own: boolean,
  ): readonly ApiKey[] {
    const all = principal.mayCluster('manage_api_key');
    if (!all && !principal.mayCluster('manage_own_api_key')) throw principal.refusal('manage_own_api_key');
    return this.#store.keys().filter((key) => {
      if (
        (own || !all) &&
        !(principal.apiKeyId === undefined ? key.owner === principal.name : key.id === principal.apiKeyId)
      ) {
        return false;
      }
      return (
        (typeof id !== 'string' || key.id === id) &&
        (typeof name !== 'string' || globMatches(name, key.name)) &&
        (typeof username !== 'string' || key.owner === username)
      );
    });
  }

  #role(request: ApiRequest, name: string | undefined): ApiResponse {
    const { principal, method } = request;
    if (!principal.mayCluster('manage_security')) throw principal.refusal('manage_security');
    if (method === 'GET') {
      const found = this.#store.roles().filter(([role]) => name === undefined || name.split(',').includes(role));
      return { status: name !== undefined && found.length === 0 ? 404 : 200, body: Object.fromEntries(found) };
    }
    if (name === undefined || !/^[\w.@-]{1,128}$/.test(name))
      throw badRequest('a role needs a name of letters, digits, . _ @ -');
    if (method === 'DELETE') {
      const found = this.#store.deleteRole(name);
      return { status: found ? 200 : 404, body: { found } };
    }
    return ok({ role: { created: this.#store.putRole(name, parseRole(name, jsonBody(request))) } });
  }
}

function describePrincipal(principal: Principal): Record<string, unknown> {
  const realm = { name: principal.realm, type: principal.realm };
  return {
    username: principal.name,
    roles: principal.apiKeyId === undefined ? principal.roleNames : [],
    full_name: null,
    email: null,
    metadata: {},
    enabled: true,
    authentication_realm: realm,
    lookup_realm: realm,
    authentication_type: principal.apiKeyId === undefined ? 'realm' : 'api_key',
    ...(principal.apiKeyId === undefined ? {} : { api_key: { id: principal.apiKeyId } }),
  };
}

function describeKey(key: ApiKey): Record<string, unknown> {
  return {
    id: key.id,
    name: key.name,
    type: 'rest',
    creation: key.createdMs,
    ...(key.expiresMs === undefined ? {} : { expiration: key.expiresMs }),
    invalidated: key.invalidatedMs !== undefined,
    ...(key.invalidatedMs === undefined ? {} : { invalidation: key.invalidatedMs }),
    username: key.owner,
    realm: key.realm,
    realm_type: key.realm,
    metadata: key.metadata,
    role_descriptors: key.roles,
  };
}
