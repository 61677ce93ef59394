import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { ObjectMeta } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';

/** A watch of a test sees some hundred events at most. */
const MAX_EVENTS = 10_000;

export type Fields = Readonly<Record<string, unknown>>;

/** An object as the server sent it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & { readonly name: string; readonly resourceVersion: string };
  readonly spec?: Fields;
  readonly status?: Fields;
  readonly data?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface ApiList {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly ApiObject[];
}

export interface ApiEvent {
  readonly type: string;
  readonly object: ApiObject;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  // eslint-disable-next-line typescript/no-unnecessary-type-parameters
  json<T = ApiObject>(): T;
}

export interface ApiRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Who asks: a client certificate, a token, or nobody. */
export interface Credentials {
  readonly server: string;
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Plain requests to an API server, so that nothing of Vigil's own client stands between a test and what is on the wire. */
export class ApiClient {
  readonly #credentials: Credentials;
  readonly #agent: Agent;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    const { ca, cert, key } = credentials;
    this.#agent = new Agent({ keepAlive: true, ca, ...(cert === undefined ? {} : { cert, key }) });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The same server, asked by somebody else. */
  as(who: Pick<Credentials, 'cert' | 'key' | 'token' | 'headers'>): ApiClient {
    const { server, ca } = this.#credentials;
    return new ApiClient({ server, ca, ...who });
  }

  /** The same identity, impersonating somebody. */
  impersonating(user: string): ApiClient {
    return new ApiClient({ ...this.#credentials, headers: { 'impersonate-user': user } });
  }

  /** Any request; rejects only when there is no answer. */
  async send(method: Method, path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    const response = await this.#open(method, path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text,
      // eslint-disable-next-line typescript/no-unnecessary-type-parameters
      json: <T>() => JSON.parse(text) as T,
    };
  }

  get<T = ApiObject>(path: string): Promise<T> {
    return this.#must('GET', path);
  }

  list(path: string): Promise<ApiList> {
    return this.#must('GET', path);
  }

  post<T = ApiObject>(path: string, body: unknown): Promise<T> {
    return this.#must('POST', path, { body });
  }

  put<T = ApiObject>(path: string, body: unknown): Promise<T> {
    return this.#must('PUT', path, { body });
  }

  patch<T = ApiObject>(path: string, body: unknown, type: keyof typeof patchTypes = 'merge'): Promise<T> {
    return this.#must('PATCH', path, { body, headers: { 'content-type': patchTypes[type] } });
  }

  delete<T = ApiObject>(path: string, options?: Fields): Promise<T> {
    return this.#must('DELETE', path, options === undefined ? {} : { body: options });
  }

  /** Events after `resourceVersion`; `path` is a collection, which may have a query. */
  async watch(path: string, resourceVersion?: string): Promise<ApiWatch> {
    const query = new URLSearchParams({ watch: 'true', ...(resourceVersion === undefined ? {} : { resourceVersion }) });
    const url = `${path}${path.includes('?') ? '&' : '?'}${query.toString()}`;
    const response = await this.#open('GET', url, {});
    if (response.statusCode !== 200) throw new Error(`GET ${url}: ${response.statusCode}`);
    return new ApiWatch(response);
  }

  async #must<T>(method: Method, path: string, options: ApiRequest = {}): Promise<T> {
    const answer = await this.send(method, path, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json<T>();
  }

  #open(method: Method, path: string, { body, headers }: ApiRequest): Promise<IncomingMessage> {
    const { server, token } = this.#credentials;
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(`${server}${path}`, {
        method,
        agent: this.#agent,
        headers: {
          accept: 'application/json',
          // Node sends the body of a DELETE without a length unless it is told.
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...this.#credentials.headers,
          ...headers,
        },
      });
      sent.once('response', resolve).once('error', reject);
      sent.end(payload);
    });
  }
}

/** What a watch has brought so far. */
export class ApiWatch {
  readonly events: ApiEvent[] = [];
  readonly #response: IncomingMessage;

  constructor(response: IncomingMessage) {
    this.#response = response;
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (this.events.length < MAX_EVENTS) this.events.push(JSON.parse(line) as ApiEvent);
    });
    response.on('error', () => undefined);
  }

  /** Waits for an event; resolves with it. */
  until(what: string, match: (event: ApiEvent) => boolean): Promise<ApiEvent> {
    return eventually(`the watch brings ${what}`, () => this.events.find(match));
  }

  close(): void {
    this.#response.destroy();
  }
}
