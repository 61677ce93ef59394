import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Values of `{name}` segments of the path, decoded. */
export type PathParams = Readonly<Record<string, string>>;

/**
 * One route of the agent's HTTPS port. Authentication and authorization happen before the handler. A handler that throws is answered with a `Status` unless
 * the head has been sent; then the connection is cut.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** `/containerLogs/{namespace}/{pod}/{container}`: `{name}` takes one segment. */
  readonly path: string;
  readonly handler: (request: IncomingMessage, response: ServerResponse, params: PathParams) => void | Promise<void>;
  /** True for `/healthz`: answered without credentials. */
  readonly isPublic?: boolean | undefined;
}

/** Takes over the raw connection. It owns the socket from the call on, also when it fails. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  params: PathParams,
) => void | Promise<void>;

export interface UpgradeRoute {
  readonly path: string;
  readonly handler: UpgradeHandler;
}
