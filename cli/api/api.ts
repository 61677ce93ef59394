import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { KubeClient } from '../../lib/kube/client.ts';

/** The cluster that a verb speaks to. */
export interface Api {
  readonly client: KubeClient;
  /** Namespace where none is named. */
  readonly namespace: string;
  /** One request with a JSON answer. Throws `KubeApiError`. */
  json<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<T>;
  /** One JSON value a line until the server ends it or `signal` aborts. */
  lines<T>(path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>): AsyncIterable<T>;
  /** The same for a question with a body. */
  linesOf<T>(path: string, body: unknown, signal: AbortSignal): AsyncIterable<T>;
  /** The body of a GET as it comes. */
  bytes(path: string, signal: AbortSignal): Promise<Readable>;
  /** Opens a WebSocket (exec, attach, port-forward) with the client's own credentials. */
  webSocket(path: string, protocols: readonly string[]): Promise<WebSocket>;
}
