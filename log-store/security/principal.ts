import { StoreError } from '../engine/store-error.ts';
import { allowsCluster, allowsIndex, builtInRoles, visibleDocuments, type Role } from './roles.ts';

/** Whoever sent a request. */
export class Principal {
  /** Name in messages, and the owner of API keys that are made. */
  readonly name: string;
  readonly realm: 'file' | 'api_key' | 'none';
  readonly roleNames: readonly string[];
  /** An API key can do no more than whoever made it: what is allowed must be allowed in every layer. */
  readonly layers: readonly (readonly Role[])[];
  readonly apiKeyId: string | undefined;
  /** Whether nothing needs to be checked. */
  readonly isUnrestricted: boolean;

  constructor(options: {
    readonly name: string;
    readonly realm: Principal['realm'];
    readonly roleNames?: readonly string[];
    readonly layers: readonly (readonly Role[])[];
    readonly apiKeyId?: string;
    readonly isUnrestricted?: boolean;
  }) {
    this.name = options.name;
    this.realm = options.realm;
    this.roleNames = options.roleNames ?? [];
    this.layers = options.layers;
    this.apiKeyId = options.apiKeyId;
    this.isUnrestricted = options.isUnrestricted === true;
  }

  mayCluster(privilege: string): boolean {
    return this.layers.every((roles) => allowsCluster(roles, privilege));
  }

  mayIndex(privilege: string, index: string): boolean {
    return this.layers.every((roles) => allowsIndex(roles, privilege, index));
  }

  /** Queries that every document shown to this principal must match. */
  limits(privilege: string, index: string): unknown[] {
    if (this.isUnrestricted) return [];
    return this.layers.flatMap((roles) => visibleDocuments(roles, privilege, index) ?? []);
  }

  refusal(privilege: string, index?: string): StoreError {
    const on = index === undefined ? '' : ` on indices [${index}]`;
    return new StoreError(403, 'security_exception', `action [${privilege}] is unauthorized for ${this.#shown}${on}`);
  }

  get #shown(): string {
    return this.apiKeyId === undefined ? `user [${this.name}]` : `API key id [${this.apiKeyId}] of user [${this.name}]`;
  }
}

/** Who has all rights: the holder of the configured key, and everybody where no authentication is configured. */
export function administrator(realm: Principal['realm']): Principal {
  const roles = builtInRoles['superuser'];
  return new Principal({
    name: '_admin',
    realm,
    roleNames: ['superuser'],
    layers: [roles ? [roles] : []],
    isUnrestricted: true,
  });
}
