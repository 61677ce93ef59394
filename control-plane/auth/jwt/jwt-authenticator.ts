import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../../../lib/clock.ts';
import type { Component } from '../../../lib/component.ts';
import type { AuthenticationConfiguration, JwtAuthenticatorConfig } from '../../../lib/config/authentication.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { User } from '../../apiserver/extension.ts';
import type { TokenAuthenticator } from '../authenticator.ts';
import { userOfClaims } from './claims-user.ts';
import { IssuerKeys } from './issuer-keys.ts';

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];
/** Clocks of issuers differ. */
const LEEWAY_SECONDS = 10;
const MAX_TOKEN_LENGTH = 64 * 1024;
/** A token that held is taken to hold for this long, as upstream does, so that each costs one check and not one a request. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 4096;
/** Refusals are told of at most this often for each issuer: anybody can send tokens. */
const TELL_EVERY_MS = 1_000;

interface Issuer {
  readonly config: JwtAuthenticatorConfig;
  readonly keys: IssuerKeys;
  toldMs: number;
  untold: number;
}

/** Users who show tokens of other issuers (OpenID Connect). */
export class JwtAuthenticator implements TokenAuthenticator, Component {
  readonly name = 'tokens of other issuers';
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #remembered = new Map<string, { readonly user: User; readonly untilMs: number }>();

  constructor(options: { readonly config: AuthenticationConfiguration; readonly clock: Clock; readonly log: Logger }) {
    this.#clock = options.clock;
    this.#log = options.log;
    const issuers = options.config.jwt.map((config): [string, Issuer] => [
      config.issuer.url,
      { config, keys: new IssuerKeys(config.issuer, options.clock), toldMs: Number.NEGATIVE_INFINITY, untold: 0 },
    ]);
    this.#issuers = new Map(issuers);
  }

  /** An issuer that is away is asked again when somebody shows one of its tokens. */
  start(): Promise<void> {
    for (const [issuer, { keys }] of this.#issuers)
      keys.refresh().catch((error: unknown) => {
        this.#log.warn({ issuer, error: messageOf(error) }, 'the keys of an issuer of tokens could not be fetched');
      });
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  /** Who bears the token; `undefined` when it is of no known issuer or does not hold. */
  async authenticate(token: string): Promise<User | undefined> {
    const issuer = this.#issuers.get(issuerOf(token) ?? '');
    if (!issuer) return undefined;
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.#remembered.get(id);
    if (known && known.untilMs > this.#clock.now()) return known.user;
    this.#remembered.delete(id);
    try {
      const { user, expiresMs } = await this.#verify(token, issuer);
      if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value ?? '');
      this.#remembered.set(id, { user, untilMs: Math.min(this.#clock.now() + REMEMBERED_MS, expiresMs) });
      return user;
    } catch (error) {
      this.#tell(issuer, error);
      return undefined;
    }
  }

  async #verify(token: string, { config, keys }: Issuer): Promise<{ user: User; expiresMs: number }> {
    const { payload } = await jwtVerify(token, keys.keyOf, {
      algorithms: ALGORITHMS,
      issuer: config.issuer.url,
      audience: [...config.issuer.audiences],
      requiredClaims: ['exp'],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(this.#clock.now()),
    });
    return { user: userOfClaims(config, payload), expiresMs: (payload.exp ?? 0) * 1000 };
  }

  #tell(issuer: Issuer, error: unknown): void {
    issuer.untold++;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - issuer.toldMs < TELL_EVERY_MS) return;
    const { url } = issuer.config.issuer;
    this.#log.warn({ issuer: url, error: messageOf(error), refused: issuer.untold }, 'a token was refused');
    issuer.toldMs = nowMs;
    issuer.untold = 0;
  }
}

/** Who says to have issued a token; nothing is checked. */
function issuerOf(token: string): string | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
