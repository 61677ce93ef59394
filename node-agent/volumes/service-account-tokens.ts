import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { serviceAccounts } from '../../lib/kube/resources.ts';
import type { Pod, TokenRequest } from '../../lib/kube/types.ts';

/** As upstream: renewed when 80 % of its life has passed, at the latest after a day. */
const RENEW_AT_SHARE = 0.8;
const MAX_AGE_MS = 24 * 3_600_000;

interface Token {
  readonly text: string;
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** Tokens of pods' service accounts, bound to the pod and kept until it is time for new ones. */
export class ServiceAccountTokens {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Map<string, Token>>();

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The present token or a new one. When the API is away the old one does until it expires. */
  async get(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const uid = pod.metadata?.uid ?? '';
    const tokens = this.#tokens.get(uid) ?? new Map<string, Token>();
    this.#tokens.set(uid, tokens);
    const key = `${audience ?? ''}\n${expirationSeconds}`;
    const known = tokens.get(key);
    const nowMs = this.#clock.now();
    if (known && nowMs < known.renewAtMs) return known.text;
    try {
      const token = await this.#request(pod, audience, expirationSeconds);
      tokens.set(key, token);
      return token.text;
    } catch (error) {
      if (known && nowMs < known.expiresAtMs) return known.text;
      throw error;
    }
  }

  /** When the first token of a pod wants renewal. */
  renewAtMs(uid: string): number | undefined {
    const times = [...(this.#tokens.get(uid)?.values() ?? [])].map((token) => token.renewAtMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  release(uid: string): void {
    this.#tokens.delete(uid);
  }

  async #request(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<Token> {
    const namespace = pod.metadata?.namespace ?? '';
    const name = pod.spec?.serviceAccountName || 'default';
    const requestedAtMs = this.#clock.now();
    const body: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === undefined || audience === '' ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '' },
      },
    };
    const answer = (await this.#client.createSubresource(
      serviceAccounts,
      { namespace, name },
      'token',
      body,
    )) as TokenRequest;
    const text = answer.status?.token;
    if (!text)
      throw new VigilError(
        'TOKEN_MISSING',
        'transient',
        `no token was issued for service account ${namespace}/${name}`,
      );
    const told = Date.parse(answer.status?.expirationTimestamp ?? '');
    const expiresAtMs = Number.isNaN(told) ? requestedAtMs + expirationSeconds * 1000 : told;
    const lifeMs = expiresAtMs - requestedAtMs;
    return { text, expiresAtMs, renewAtMs: requestedAtMs + Math.min(lifeMs * RENEW_AT_SHARE, MAX_AGE_MS) };
  }
}
