import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import {
  bootstrapSecretName,
  bootstrapTokenGroups,
  bootstrapTokenLeftMs,
  bootstrapTokenNamespace,
  bootstrapTokenType,
  parseBootstrapToken,
  tokenField,
} from '../../lib/kube/bootstrap-tokens.ts';
import { secrets } from '../../lib/kube/resources.ts';
import type { Secret } from '../../lib/kube/types.ts';
import type { User } from '../apiserver/extension.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import type { CacheEntry } from '../registry/cache-entry.ts';
import type { Registry } from '../registry/registry.ts';

/** Checks bootstrap tokens against their Secrets in `kube-system`. */
export class BootstrapTokens implements TokenAuthenticator {
  readonly #registry: Registry;
  readonly #clock: Clock;
  /** The same object each time: what is known of a user is found by it. */
  readonly #users = new WeakMap<CacheEntry, User>();

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Who bears the token; `undefined` when it does not hold, or is no bootstrap token at all. */
  authenticate(token: string): Promise<User | undefined> {
    return Promise.resolve(this.#userOf(token));
  }

  #userOf(token: string): User | undefined {
    const parsed = parseBootstrapToken(token);
    if (!parsed) return undefined;
    const key = `${bootstrapTokenNamespace}/${bootstrapSecretName(parsed.id)}`;
    const entry = this.#registry.of(secrets).cache.get(key);
    const user = entry && bootstrapUser(entry.object, parsed.id, parsed.secret, this.#clock.now());
    if (!user) return undefined;
    const known = this.#users.get(entry);
    if (known) return known;
    this.#users.set(entry, user);
    return user;
  }
}

/** The user that a Secret makes of who knows its token. Pure. */
export function bootstrapUser(secret: Secret, id: string, tokenSecret: string, nowMs: number): User | undefined {
  if (secret.type !== bootstrapTokenType || secret.metadata?.deletionTimestamp) return undefined;
  const isRight = isSame(tokenField(secret, 'token-secret'), tokenSecret) && tokenField(secret, 'token-id') === id;
  if (!isRight || bootstrapTokenLeftMs(secret, nowMs) === 0) return undefined;
  if (tokenField(secret, 'usage-bootstrap-authentication') !== 'true') return undefined;
  const groups = bootstrapTokenGroups(secret);
  return groups && { name: `system:bootstrap:${id}`, groups: [...groups, 'system:authenticated'] };
}

/** Takes as long whatever the two have in common. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
