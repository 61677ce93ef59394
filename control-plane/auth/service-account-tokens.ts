import { createHash, createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../../lib/clock.ts';
import { pods, secrets, serviceAccounts, type ResourceType } from '../../lib/kube/resources.ts';
import { serviceAccountGroups, serviceAccountUserName } from '../../lib/kube/service-account-user.ts';
import type { User } from '../apiserver/extension.ts';
import type { Registry } from '../registry/registry.ts';
import type { TokenAuthenticator, TokenReviewer } from './authenticator.ts';

/** Who signs, and whom tokens are for when nobody else is named; what client libraries expect. */
export const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Tokens whose signature was checked are remembered, so that each costs one check and not one a request. */
const MAX_VERIFIED = 4096;
/** Clocks of clients differ. */
const LEEWAY_SECONDS = 10;

interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pod?: BoundObject | undefined;
  readonly secret?: BoundObject | undefined;
}

interface Verified {
  readonly subject: TokenSubject;
  readonly audiences: readonly string[];
  readonly expiresMs: number;
  /** The same object each time: what is known of a user is found by it. */
  readonly user: User;
}

/** Signs and checks service-account tokens: JWTs (ES256) that hold as long as their account, and the pod or secret they are bound to, live. */
export class ServiceAccountTokens implements TokenAuthenticator, TokenReviewer {
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId: string;
  readonly #verified = new Map<string, Verified>();

  constructor(options: { readonly privateKeyPem: string; readonly registry: Registry; readonly clock: Clock }) {
    this.#clock = options.clock;
    this.#registry = options.registry;
    this.#privateKey = createPrivateKey(options.privateKeyPem);
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#keyId = createHash('sha256')
      .update(this.#publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64url');
  }

  /** The public key, for `/openid/v1/jwks`. */
  jwks(): object {
    const { kty, crv, x, y } = this.#publicKey.export({ format: 'jwk' });
    return { keys: [{ use: 'sig', kty, kid: this.#keyId, crv, alg: 'ES256', x, y }] };
  }

  /** A token for `audiences` that expires after `seconds`. */
  async sign(
    subject: TokenSubject,
    audiences: readonly string[],
    seconds: number,
  ): Promise<{ token: string; expiresMs: number }> {
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const { namespace, name, uid, pod, secret } = subject;
    const token = await new SignJWT({
      'kubernetes.io': {
        namespace,
        ...(pod ? { pod } : {}),
        ...(secret ? { secret } : {}),
        serviceaccount: { name, uid },
      },
    })
      .setProtectedHeader({ alg: 'ES256', kid: this.#keyId })
      .setIssuer(tokenIssuer)
      .setAudience([...audiences])
      .setSubject(serviceAccountUserName(namespace, name))
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(this.#privateKey);
    return { token, expiresMs: (issuedAt + seconds) * 1000 };
  }

  /** Who bears the token, when it is meant for this API; `undefined` when it does not hold. */
  async authenticate(token: string): Promise<User | undefined> {
    return (await this.review(token, [tokenIssuer]))?.user;
  }

  /** The same for any of the given audiences; also says which of them the token is for. */
  async review(
    token: string,
    audiences: readonly string[],
  ): Promise<{ user: User; audiences: readonly string[] } | undefined> {
    const verified = await this.#verify(token);
    if (!verified || verified.expiresMs <= this.#clock.now()) return undefined;
    const meant = audiences.filter((one) => verified.audiences.includes(one));
    if (meant.length === 0 || !this.#isAlive(verified.subject)) return undefined;
    return { user: verified.user, audiences: meant };
  }

  async #verify(token: string): Promise<Verified | undefined> {
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(id);
    if (known) return known;
    const verified = await this.#check(token);
    if (!verified) return undefined;
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.delete(this.#verified.keys().next().value ?? '');
    this.#verified.set(id, verified);
    return verified;
  }

  async #check(token: string): Promise<Verified | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: ['ES256'],
        issuer: tokenIssuer,
        requiredClaims: ['exp', 'sub', 'aud'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(this.#clock.now()),
      });
      const claims = payload['kubernetes.io'] as
        | { namespace?: string; serviceaccount?: Partial<BoundObject>; pod?: BoundObject; secret?: BoundObject }
        | undefined;
      const { name, uid } = claims?.serviceaccount ?? {};
      if (!claims?.namespace || !name || !uid || payload.sub !== serviceAccountUserName(claims.namespace, name))
        return undefined;
      const subject = { namespace: claims.namespace, name, uid, pod: claims.pod, secret: claims.secret };
      return {
        subject,
        audiences: [payload.aud ?? []].flat(),
        expiresMs: (payload.exp ?? 0) * 1000,
        user: userOf(subject, payload.jti ?? ''),
      };
    } catch {
      // Whatever is wrong with it, it is no token of ours.
      return undefined;
    }
  }

  #isAlive({ namespace, name, uid, pod, secret }: TokenSubject): boolean {
    const account = this.#registry.of(serviceAccounts).cache.get(`${namespace}/${name}`);
    if (account?.object.metadata.uid !== uid) return false;
    const isThere = (type: ResourceType, bound: BoundObject | undefined) =>
      !bound || this.#registry.of(type).cache.get(`${namespace}/${bound.name}`)?.object.metadata.uid === bound.uid;
    return isThere(pods, pod) && isThere(secrets, secret);
  }
}

function userOf({ namespace, name, uid, pod }: TokenSubject, id: string): User {
  return {
    name: serviceAccountUserName(namespace, name),
    uid,
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${id}`],
      ...(pod
        ? { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }
        : {}),
    },
  };
}
