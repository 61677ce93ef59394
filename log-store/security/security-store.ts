import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { StoreError } from '../engine/store-error.ts';
import { builtInRoles, type Role } from './roles.ts';

const FILE = 'security.json';
const MAX_KEYS = 10_000;
const MAX_ROLES = 1_000;
/** Invalidated and expired keys are told of for so long. */
const FORGET_MS = 30 * 86_400_000;

/** An API key as it is kept: of the secret only the hash. The secret is random, so that a plain hash cannot be guessed from. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly createdMs: number;
  readonly expiresMs: number | undefined;
  readonly invalidatedMs: number | undefined;
  readonly owner: string;
  readonly realm: string;
  /** What the key may do; empty = what its owner may. */
  readonly roles: Readonly<Record<string, Role>>;
  /** What its owner could do when the key was made. */
  readonly limitedBy: readonly (readonly Role[])[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface SecurityData {
  readonly version: 1;
  readonly keys: readonly ApiKey[];
  readonly roles: readonly (readonly [string, Role])[];
}

/** API keys and roles, in a file of the data folder that only its owner can read. */
export class SecurityStore {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #keys = new Map<string, ApiKey>();
  readonly #roles = new Map<string, Role>();

  constructor(dir: string, clock: Clock) {
    this.#dir = dir;
    this.#clock = clock;
  }

  /** Reads the file. Throws when it is there but damaged: without it, keys that were taken back might count again. */
  open(): void {
    let text: string;
    try {
      text = readFileSync(join(this.#dir, FILE), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    let data: SecurityData;
    try {
      data = JSON.parse(text) as SecurityData;
    } catch (cause) {
      throw new VigilError('BAD_SECURITY_FILE', 'invalid', `${join(this.#dir, FILE)} is not JSON`, { cause });
    }
    for (const key of data.keys) this.#keys.set(key.id, key);
    for (const [name, role] of data.roles) this.#roles.set(name, role);
  }

  role(name: string): Role | undefined {
    return this.#roles.get(name) ?? (Object.hasOwn(builtInRoles, name) ? builtInRoles[name] : undefined);
  }

  roles(): readonly (readonly [string, Role])[] {
    return [...Object.entries(builtInRoles), ...this.#roles];
  }

  /** Whether the role is new. */
  putRole(name: string, role: Role): boolean {
    if (Object.hasOwn(builtInRoles, name)) throw invalid(`role [${name}] is built in and cannot be changed`);
    const created = !this.#roles.has(name);
    if (created && this.#roles.size >= MAX_ROLES) throw invalid(`at most ${MAX_ROLES} roles are kept`);
    this.#roles.set(name, role);
    this.#save();
    return created;
  }

  deleteRole(name: string): boolean {
    const found = this.#roles.delete(name);
    if (found) this.#save();
    return found;
  }

  /** Makes a key; its secret is told here and never again. */
  createKey(key: Pick<ApiKey, 'name' | 'expiresMs' | 'owner' | 'realm' | 'roles' | 'limitedBy' | 'metadata'>): {
    readonly key: ApiKey;
    readonly secret: string;
  } {
    this.#forgetOld();
    if (this.#keys.size >= MAX_KEYS) throw invalid(`at most ${MAX_KEYS} API keys are kept`);
    const secret = randomBytes(24).toString('base64url');
    const made: ApiKey = {
      ...key,
      id: randomBytes(15).toString('base64url'),
      hash: digest(secret).toString('base64'),
      createdMs: this.#clock.now(),
      invalidatedMs: undefined,
    };
    this.#keys.set(made.id, made);
    this.#save();
    return { key: made, secret };
  }

  keys(): readonly ApiKey[] {
    return [...this.#keys.values()];
  }

  invalidate(ids: readonly string[]): void {
    for (const id of ids) {
      const key = this.#keys.get(id);
      if (key) this.#keys.set(id, { ...key, invalidatedMs: this.#clock.now() });
    }
    this.#save();
  }

  /** The key with that id when the secret is right and it still counts. */
  check(id: string, secret: string): ApiKey | undefined {
    const key = this.#keys.get(id);
    // A key that is not known takes as long as one that is.
    const matches = timingSafeEqual(digest(secret), key ? Buffer.from(key.hash, 'base64') : digest(''));
    if (!key || !matches || key.invalidatedMs !== undefined) return undefined;
    return key.expiresMs !== undefined && key.expiresMs <= this.#clock.now() ? undefined : key;
  }

  #forgetOld(): void {
    const beforeMs = this.#clock.now() - FORGET_MS;
    for (const key of this.#keys.values()) {
      if ((key.invalidatedMs ?? key.expiresMs ?? Infinity) < beforeMs) this.#keys.delete(key.id);
    }
  }

  #save(): void {
    const path = join(this.#dir, FILE);
    const data: SecurityData = { version: 1, keys: this.keys(), roles: [...this.#roles] };
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.tmp`, JSON.stringify(data), { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function invalid(reason: string): StoreError {
  return new StoreError(400, 'illegal_argument_exception', reason);
}
