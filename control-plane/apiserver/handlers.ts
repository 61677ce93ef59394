import type { Exchange } from './exchange.ts';
import type { PathRequest, ResourceRequest } from './request-info.ts';

export type ResourceExchange = Exchange<ResourceRequest>;

/** Answers POSTs of kinds that are never stored: reviews, bindings. */
export type PostedHandler = (exchange: ResourceExchange) => Promise<void>;

/** Answers requests for a built-in kind that is computed rather than stored. */
export type ComputedHandler = (exchange: ResourceExchange) => void;

/** Answers a subresource of stored objects that leads elsewhere: `pods/log`. The key is `plural/subresource`. */
export type ConnectHandler = (exchange: ResourceExchange) => Promise<void>;

/** Answers a path that is no resource. */
export type PathHandler = (exchange: Exchange<PathRequest>) => void | Promise<void>;
