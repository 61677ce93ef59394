import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import { Registry as MetricsRegistry } from 'prom-client';
import type { Auditor } from '../../control-plane/apiserver/audit/auditor.ts';
import { assemble, type ApiCore } from '../../control-plane/apiserver/assemble.ts';
import { listenerOf } from '../../control-plane/apiserver/api-server.ts';
import type { ApiExtension } from '../../control-plane/apiserver/extension.ts';
import { FakeClock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { clusterRoleBindings, serviceAccounts } from '../../lib/kube/resources.ts';
import { silentLog } from '../../lib/log.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly bytes: Buffer;
  /** The body as JSON. */
  readonly json: () => Record<string, unknown>;
}

/** Of the fake clock: longer than anything that a request waits for. */
const MAX_WAIT_SECONDS = 3600;

/** The API with a memory store and without a port: requests are injected. Everybody is a service account, since there are no certificates. */
export class ApiUnderTest {
  readonly clock = new FakeClock();
  readonly core: ApiCore;
  readonly #listener: RequestListener;
  readonly #dir: string;
  #adminToken = '';

  private constructor(core: ApiCore, listener: RequestListener, dir: string, clock: FakeClock) {
    this.core = core;
    this.#listener = listener;
    this.#dir = dir;
    this.clock = clock;
  }

  static async start(
    options: {
      readonly config?: Partial<ControlPlaneConfig>;
      readonly extensions?: readonly ApiExtension[];
      readonly auditor?: Auditor;
    } = {},
  ): Promise<ApiUnderTest> {
    const dir = await mkdtemp(join(tmpdir(), 'vigil-api-'));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = async (name: string, text: string) => {
      await writeFile(join(dir, name), text, { mode: 0o600 });
      return join(dir, name);
    };
    const empty = await file('empty', '');
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const core = await assemble({
      clock,
      log: silentLog,
      metrics: new MetricsRegistry(),
      config: {
        clusterName: 'test',
        listen: ['127.0.0.1'],
        port: 0,
        advertiseURL: 'https://127.0.0.1:6443',
        store: { engine: 'memory' },
        pki: {
          caCert: empty,
          caKey: empty,
          servingCert: empty,
          servingKey: empty,
          agentClientCert: empty,
          agentClientKey: empty,
          serviceAccountKey: await file('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
        },
        podSubnet: '10.244.0.0/16',
        serviceSubnet: '10.96.0.0/16',
        kubernetesServiceIP: '10.96.0.1',
        recordsDir: dir,
        logStore: { kind: 'none' },
        profile: 'kubernetes',
        ...options.config,
      },
    });
    const signal = new AbortController().signal;
    for (const component of core.components) await component.start(signal);
    const api = new ApiUnderTest(
      core,
      listenerOf(core.handler(options.extensions ?? [], new Map(), options.auditor)),
      dir,
      clock,
    );
    api.#adminToken = await api.tokenOf('admin');
    await core.client.create(clusterRoleBindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'test-admin' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'admin', namespace: 'kube-system' }],
    });
    return api;
  }

  /** A token of a service account in `kube-system`, which is made when it is not there. */
  async tokenOf(name: string): Promise<string> {
    const key = { namespace: 'kube-system', name };
    await this.core.client
      .create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: key })
      .catch(() => undefined);
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { expirationSeconds: 86_400 },
    };
    const answer = (await this.core.client.createSubresource(serviceAccounts, key, 'token', body)) as {
      status?: { token?: string };
    };
    return answer.status?.token ?? '';
  }

  /** A request as the administrator, or with the `token` given; `''` is nobody. */
  async send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD',
    url: string,
    options: { readonly body?: unknown; readonly headers?: Record<string, string>; readonly token?: string } = {},
  ): Promise<Answer> {
    const token = options.token ?? this.#adminToken;
    const request: InjectOptions = {
      method,
      url,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : {
            payload:
              typeof options.body === 'string' || Buffer.isBuffer(options.body)
                ? options.body
                : JSON.stringify(options.body),
          }),
    };
    const { statusCode, headers, body, rawPayload } = await this.inject(request);
    return {
      status: statusCode,
      headers,
      body,
      bytes: rawPayload,
      json: () => JSON.parse(body) as Record<string, unknown>,
    };
  }

  /** Any request, as it is. */
  inject(request: InjectOptions): Promise<Response> {
    return inject(this.#listener, request);
  }

  /** Sends a request that the server answers only when time passes; resolves when it waits for that (or has answered at once). */
  async sendWaiting(url: string, headers: Record<string, string> = {}): Promise<{ readonly answer: Promise<Answer> }> {
    const before = this.clock.pendingCount;
    const state = { isAnswered: false };
    const answer = this.send('GET', url, { headers }).finally(() => {
      state.isAnswered = true;
    });
    while (this.clock.pendingCount === before && !state.isAnswered) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return { answer };
  }

  /** Lets time pass, a second at a time, until `answer` has come: whatever it waits for may begin to wait a moment later on a busy machine. */
  async passTimeUntil<T>(answer: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settled = answer.finally(() => {
      state.isSettled = true;
    });
    for (let seconds = 0; !state.isSettled && seconds < MAX_WAIT_SECONDS; seconds++) await this.clock.advance(1_000);
    return settled;
  }

  async stop(): Promise<void> {
    const deadline = AbortSignal.timeout(5_000);
    for (const component of [...this.core.components].reverse()) await component.stop(deadline);
    await rm(this.#dir, { recursive: true, force: true });
  }
}
