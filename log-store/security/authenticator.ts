import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { matchesPassword } from './password-hash.ts';
import { administrator, Principal } from './principal.ts';
import type { SecurityStore } from './security-store.ts';
import type { User } from './users-file.ts';

/** A password that was right is not checked again for so long: checks are made slow on purpose. */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 1_000;
/** Passwords checked at once; beyond, clients are refused as if theirs were wrong, or guesses would take all of the processor. */
const MAX_CHECKS = 4;

export interface AuthenticatorOptions {
  /** The key with all rights, from the configured file. */
  readonly adminKey: string | undefined;
  readonly users: ReadonlyMap<string, User>;
  readonly store: SecurityStore;
  readonly clock: Clock;
}

/** Finds out who sends a request from its `Authorization` header: `ApiKey`, `Bearer` or `Basic`. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #adminDigests: readonly Buffer[];
  readonly #rightPasswords = new Map<string, number>();
  #checks = 0;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    // Clients send the key as it is, as the base64 of `id:key`, or as a bearer token.
    const key = options.adminKey;
    this.#adminDigests = key === undefined ? [] : [key, Buffer.from(key).toString('base64')].map(digest);
  }

  /** Whether anybody has to show who they are. */
  get isRequired(): boolean {
    return this.#options.adminKey !== undefined || this.#options.users.size > 0;
  }

  async authenticate(header: string | undefined): Promise<Principal | undefined> {
    if (!this.isRequired) return administrator('none');
    const match = /^(ApiKey|Bearer|Basic) +(\S+)$/i.exec(header ?? '');
    if (!match?.[1] || !match[2]) return undefined;
    if (match[1].toLowerCase() === 'basic') return this.#user(match[2]);
    return this.#isAdminKey(match[2]) ? administrator('api_key') : this.#apiKey(match[2]);
  }

  #isAdminKey(given: string): boolean {
    const hash = digest(given);
    let right = false;
    for (const accepted of this.#adminDigests) if (timingSafeEqual(accepted, hash)) right = true;
    return right;
  }

  #apiKey(encoded: string): Principal | undefined {
    const [id, secret] = splitPair(encoded);
    const key = id === undefined || secret === undefined ? undefined : this.#options.store.check(id, secret);
    if (!key) return undefined;
    const own = Object.values(key.roles);
    return new Principal({
      name: key.owner,
      realm: 'api_key',
      roleNames: Object.keys(key.roles),
      layers: own.length > 0 ? [own, ...key.limitedBy] : key.limitedBy,
      apiKeyId: key.id,
    });
  }

  async #user(encoded: string): Promise<Principal | undefined> {
    const [name, password] = splitPair(encoded);
    const user = name === undefined ? undefined : this.#options.users.get(name);
    if (!user || password === undefined || !(await this.#isPassword(user, password))) return undefined;
    const roles = user.roles.map((role) => this.#options.store.role(role)).filter((role) => role !== undefined);
    return new Principal({ name: user.name, realm: 'file', roleNames: user.roles, layers: [roles] });
  }

  async #isPassword(user: User, password: string): Promise<boolean> {
    const nowMs = this.#options.clock.monotonicMs();
    const known = digest(`${user.passwordHash}\n${password}`).toString('base64');
    if ((this.#rightPasswords.get(known) ?? -Infinity) > nowMs) return true;
    if (this.#checks >= MAX_CHECKS) return false;
    this.#checks++;
    try {
      if (!(await matchesPassword(password, user.passwordHash))) return false;
    } finally {
      this.#checks--;
    }
    if (this.#rightPasswords.size >= MAX_REMEMBERED) this.#rightPasswords.clear();
    this.#rightPasswords.set(known, nowMs + REMEMBER_MS);
    return true;
  }
}

function splitPair(encoded: string): [string | undefined, string | undefined] {
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? [undefined, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
