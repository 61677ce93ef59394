import { createServer, type Server } from 'node:https';
import type { CryptoKey, JWK } from 'jose';
import { exportJWK } from 'jose/key/export';
import { generateKeyPair } from 'jose/key/generate/keypair';
import { SignJWT } from 'jose/jwt/sign';
import { createCa, issueCertificate, type KeyPair } from '../../lib/pki.ts';
import { freePort } from './search-server.ts';

interface SigningKey {
  readonly id: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: JWK;
}

/** A real issuer of tokens on loopback, with HTTPS, a discovery document and keys that change. */
export class TokenIssuer {
  readonly ca: KeyPair;
  /** Documents that were asked for, in order. */
  readonly asked: string[] = [];
  /** Said in the discovery document; its own address unless set. */
  claimedIssuer: string | undefined;
  readonly #server: Server;
  #keys: SigningKey[] = [];
  #port = 0;

  private constructor(ca: KeyPair, serving: KeyPair) {
    this.ca = ca;
    this.#server = createServer(serving, (request, response) => {
      this.asked.push(request.url ?? '');
      const body =
        request.url === '/.well-known/openid-configuration'
          ? { issuer: this.claimedIssuer ?? this.url, jwks_uri: `${this.url}/keys` }
          : request.url === '/keys'
            ? { keys: this.#keys.map((key) => ({ ...key.publicKey, kid: key.id, alg: key.alg, use: 'sig' })) }
            : undefined;
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
    });
  }

  static async start(): Promise<TokenIssuer> {
    const nowMs = Date.now();
    const ca = await createCa('issuer-ca', nowMs);
    const serving = await issueCertificate(ca, {
      commonName: 'issuer',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      nowMs,
    });
    const issuer = new TokenIssuer(ca, serving);
    await issuer.listen();
    return issuer;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** At first and again, on the same port. */
  async listen(): Promise<void> {
    this.#port ||= await freePort();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** From now on tokens are signed by this key alone, and no other is published. */
  async rollKey(id: string, alg: string): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    this.#keys = [{ id, alg, privateKey, publicKey: await exportJWK(publicKey) }];
  }

  /** A token of the newest key. `nowMs` is the time on it; a lifetime below zero has passed. */
  async token(
    claims: Readonly<Record<string, unknown>>,
    { nowMs = Date.now(), seconds = 600 }: { readonly nowMs?: number; readonly seconds?: number | undefined } = {},
  ): Promise<string> {
    const [key] = this.#keys;
    if (!key) throw new Error('the issuer has no key yet');
    const issuedAt = Math.floor(nowMs / 1000);
    return new SignJWT({ iss: this.url, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.id })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(key.privateKey);
  }
}
