import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Exchange } from '../exchange.ts';
import type { AggregatedLink } from './aggregated-link.ts';
import { answeredHeaders, identityHeaders, passedOnHeaders } from './front-proxy-headers.ts';
import type { Route } from './routes.ts';

const SERVICE_UNAVAILABLE = 503;
const BAD_GATEWAY = 502;

/**
 * Sends a request on to the server that answers its group version, as the user who was authenticated and authorized here, and the answer back as it comes:
 * watches and large bodies flow both ways without being held.
 */
export async function answerAggregated(
  exchange: Exchange,
  route: Route,
  link: AggregatedLink,
  log: Logger,
): Promise<void> {
  if (!route.isAvailable) {
    exchange.sendText(SERVICE_UNAVAILABLE, 'service unavailable\n');
    return;
  }
  const { request, response, user } = exchange;
  const signal = exchange.signal();
  let answer: IncomingMessage;
  try {
    answer = await link.request(route, {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: { ...passedOnHeaders(request.headers), ...identityHeaders(user), ...forwarding(exchange) },
      body: unreadBody(exchange),
      signal,
    });
  } catch (error) {
    if (signal.aborted) return;
    log.warn({ apiService: route.name, error: messageOf(error) }, 'an aggregated server could not be asked');
    exchange.sendText(SERVICE_UNAVAILABLE, `${messageOf(error)}\n`);
    return;
  }
  // Out of time meanwhile: the client has its answer.
  if (response.headersSent) {
    answer.destroy();
    return;
  }
  const { statusCode = BAD_GATEWAY } = answer;
  if (statusCode >= 300 && statusCode < 400 && answer.headers.location !== undefined) {
    answer.destroy();
    exchange.sendText(BAD_GATEWAY, 'the backend attempted to redirect this request, which is not permitted');
    return;
  }
  response.writeHead(statusCode, { ...answeredHeaders(answer.headers), 'audit-id': auditIdOf(exchange) });
  response.flushHeaders();
  if (exchange.info.kind === 'resource' && exchange.info.verb === 'watch') exchange.initialized();
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

function unreadBody({ body }: Exchange): IncomingMessage | undefined {
  return Buffer.isBuffer(body) ? undefined : body;
}

function forwarding(exchange: Exchange): Record<string, string> {
  const { headers, socket } = exchange.request;
  const before = headers['x-forwarded-for'];
  const from = socket.remoteAddress;
  const length = headers['content-length'];
  return {
    'audit-id': auditIdOf(exchange),
    ...(from === undefined ? {} : { 'x-forwarded-for': before === undefined ? from : `${String(before)}, ${from}` }),
    ...(length === undefined || unreadBody(exchange) === undefined ? {} : { 'content-length': length }),
  };
}

function auditIdOf({ response }: Exchange): string {
  return String(response.getHeader('audit-id') ?? '');
}
