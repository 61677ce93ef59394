import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { subjectAccessReviews, tokenReviews } from './review-resources.ts';

/** Answers of the API about a token are used this long. */
const CACHE_MS = 60_000;
/** The same for refusals, which people repair and try again. */
const DENIED_CACHE_MS = 5_000;
const MAX_CACHED = 1_000;
const MAX_TOKEN_LENGTH = 16 * 1024;

export type Access = 'allowed' | 'unauthenticated' | 'forbidden';

interface Cached {
  readonly access: Access;
  readonly untilMs: number;
}

/**
 * Who may use the agent's port: a client certificate of the cluster's CA (the API server's, or an administrator's, who has checked its own callers), or a bearer
 * token that the API vouches for and whose owner may use `nodes/proxy` of this node.
 */
export class AgentAuthenticator {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #nodeName: string;
  readonly #cache = new Map<string, Cached>();

  constructor(client: KubeClient, clock: Clock, nodeName: string) {
    this.#client = client;
    this.#clock = clock;
    this.#nodeName = nodeName;
  }

  async check(request: IncomingMessage): Promise<Access> {
    const user = certificateUser(request.socket as TLSSocket);
    const verb = verbOf(request.method);
    if (user) {
      if (user.groups.includes('system:masters') || user.name === API_SERVER_USER) return 'allowed';
      return this.#cached(`cert\n${user.name}\n${user.groups.join(',')}\n${verb}`, () => this.#authorize(user, verb));
    }
    const token = bearerToken(request);
    if (token === undefined) return 'unauthenticated';
    const key = `${createHash('sha256').update(token).digest('base64')}\n${verb}`;
    return this.#cached(key, () => this.#reviewToken(token, verb));
  }

  async #cached(key: string, ask: () => Promise<Access>): Promise<Access> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#cache.get(key);
    if (known && nowMs < known.untilMs) return known.access;
    const access = await ask();
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, { access, untilMs: nowMs + (access === 'allowed' ? CACHE_MS : DENIED_CACHE_MS) });
    return access;
  }

  async #reviewToken(token: string, verb: string): Promise<Access> {
    const review = await this.#client.create(tokenReviews, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    const { authenticated, user } = review.status ?? {};
    if (authenticated !== true || !user?.username) return 'unauthenticated';
    return this.#authorize({ name: user.username, groups: user.groups ?? [] }, verb);
  }

  async #authorize(user: User, verb: string): Promise<Access> {
    const review = await this.#client.create(subjectAccessReviews, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: user.name,
        groups: [...user.groups],
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource: 'proxy', name: this.#nodeName },
      },
    });
    return review.status?.allowed === true ? 'allowed' : 'forbidden';
  }
}

/** What the API server's client certificate says. */
const API_SERVER_USER = 'kube-apiserver-kubelet-client';

interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

function certificateUser(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (!subject?.CN) return undefined;
  const groups = subject.O;
  return { name: String(subject.CN), groups: groups === undefined ? [] : [groups].flat() };
}

function bearerToken(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  const match = header && header.length <= MAX_TOKEN_LENGTH ? /^Bearer ([\w.~+/=-]+)$/i.exec(header) : null;
  return match?.[1];
}

function verbOf(method: string | undefined): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'DELETE':
      return 'delete';
    default:
      return 'get';
  }
}
