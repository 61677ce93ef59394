import { createLocalJWKSet, type LocalJWKSet } from 'jose/jwks/local';
import type { Clock } from '../../../lib/clock.ts';
import type { JwtAuthenticatorConfig } from '../../../lib/config/authentication.ts';
import { https } from '../../../lib/http-module.ts';

type Issuer = JwtAuthenticatorConfig['issuer'];

const FETCH_TIMEOUT_MS = 10_000;
const MAX_DOCUMENT_BYTES = 1024 * 1024;
/** Keys are looked up again after this, so that one which the issuer has withdrawn is not believed for much longer. */
const MAX_AGE_MS = 10 * 60_000;
/** Whoever makes key ids up, or asks for an issuer that is away, has it asked no more often than this. */
const MIN_PAUSE_MS = 10_000;
const NO_MATCHING_KEY = 'ERR_JWKS_NO_MATCHING_KEY';

/**
 * The public keys of an issuer, found from its discovery document. They are fetched when first needed, again in a while, and when a token names a key that is
 * not among them. While the issuer cannot be asked, the last ones stay.
 */
export class IssuerKeys {
  readonly #issuer: Issuer;
  readonly #clock: Clock;
  #keys: LocalJWKSet | undefined;
  #fetchedMs = 0;
  /** Of the last attempt. */
  #askedMs = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #asking: Promise<void> | undefined;

  constructor(issuer: Issuer, clock: Clock) {
    this.#issuer = issuer;
    this.#clock = clock;
  }

  /** The key of a token's header: what verification asks. Rejects when there is none, or none can be had. */
  readonly keyOf = async (...asked: Parameters<LocalJWKSet>): Promise<Awaited<ReturnType<LocalJWKSet>>> => {
    const keys = this.#keys ?? (await this.refresh());
    if (this.#clock.monotonicMs() - this.#fetchedMs > MAX_AGE_MS) this.refresh().catch(() => {});
    try {
      return await keys(...asked);
    } catch (error) {
      if ((error as { code?: unknown }).code !== NO_MATCHING_KEY || !this.#mayAsk) throw error;
      return (await this.refresh())(...asked);
    }
  };

  /** Asks the issuer, unless somebody has only just done so. Resolves with the keys that hold now. */
  async refresh(): Promise<LocalJWKSet> {
    if (this.#asking === undefined && this.#mayAsk) {
      this.#askedMs = this.#clock.monotonicMs();
      this.#asking = this.#fetch().finally(() => {
        this.#asking = undefined;
      });
    }
    await this.#asking;
    if (!this.#keys) throw this.#failure;
    return this.#keys;
  }

  get #mayAsk(): boolean {
    return this.#clock.monotonicMs() - this.#askedMs >= MIN_PAUSE_MS;
  }

  async #fetch(): Promise<void> {
    try {
      const { url, discoveryURL, certificateAuthority } = this.#issuer;
      const at = discoveryURL || `${url.replace(/\/+$/, '')}/.well-known/openid-configuration`;
      const location = jwksLocation(await fetchJson(at, certificateAuthority), url);
      this.#keys = createLocalJWKSet((await fetchJson(location, certificateAuthority)) as never);
      this.#fetchedMs = this.#clock.monotonicMs();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

/** Where the keys are, of a discovery document. Throws an `Error` when it is not that of the issuer. Pure. */
export function jwksLocation(document: unknown, issuer: string): string {
  const { issuer: own, jwks_uri: location } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (own !== issuer)
    throw new Error(
      `issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(own)}`,
    );
  if (typeof location !== 'string' || !URL.canParse(location) || new URL(location).protocol !== 'https:')
    throw new Error('the provider names no jwks_uri with https');
  return location;
}

function fetchJson(url: string, ca: string | undefined): Promise<unknown> {
  const what = `Get ${JSON.stringify(url)}`;
  return new Promise((resolve, reject) => {
    const request = https.request(
      url,
      {
        headers: { accept: 'application/json, application/jwk-set+json' },
        agent: false,
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_DOCUMENT_BYTES)
            request.destroy(new Error(`the answer is larger than ${MAX_DOCUMENT_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode !== 200) {
            reject(new Error(`${what}: answered ${response.statusCode}`));
            return;
          }
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          } catch (cause) {
            reject(new Error(`${what}: the answer is not JSON`, { cause }));
          }
        });
      },
    );
    request.once('error', (cause) => reject(new Error(`${what}: ${cause.message}`, { cause })));
    request.end();
  });
}
