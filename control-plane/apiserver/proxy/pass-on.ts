import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { KubeApiError } from '../../../lib/kube/client.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { Status } from '../../../lib/kube/types.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { AgentLink } from './agent-link.ts';
import type { Target } from './targets.ts';

/** What belongs to one connection and is not passed on. The caller's credentials are the API's, nobody else's. */
const notPassedOn: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'authorization',
  'host',
  'content-length',
]);
/** Of an agent's refusal no more than this is read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Sends the request on and the answer back, as it comes. */
export async function passOn(
  exchange: Exchange<ResourceRequest>,
  link: AgentLink,
  target: Target,
  path: string,
): Promise<void> {
  const { request, reply } = exchange;
  const body = exchange.hasBody() ? exchange.bytes() : undefined;
  const answer = await link.request(target, {
    method: request.method,
    path,
    headers: {
      ...passedHeaders(request.headers),
      host: `${target.host}:${target.port}`,
      ...(body ? { 'content-length': body.length } : {}),
    },
    body,
    signal: exchange.signal(),
  });
  reply.hijack();
  reply.raw.writeHead(answer.statusCode ?? 502, passedHeaders(answer.headers));
  answer.on('error', () => reply.raw.destroy());
  answer.pipe(reply.raw);
}

/** GET from an agent: the body is passed on as it comes, a refusal becomes a `Status`. */
export async function passOnText(
  exchange: Exchange<ResourceRequest>,
  link: AgentLink,
  target: Target,
  path: string,
): Promise<void> {
  const { reply } = exchange;
  const answer = await link.request(target, { method: 'GET', path, headers: {}, signal: exchange.signal() });
  if ((answer.statusCode ?? 500) >= 400) throw await refusalOf(answer);
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': answer.headers['content-type'] ?? 'text/plain',
    'cache-control': 'no-cache, private',
  });
  reply.raw.flushHeaders();
  answer.on('error', () => reply.raw.destroy());
  answer.pipe(reply.raw);
}

async function refusalOf(answer: IncomingMessage): Promise<KubeApiError> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REFUSAL_BYTES) break;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const code = answer.statusCode ?? 500;
  try {
    const status = JSON.parse(text) as Status;
    if (status.kind === 'Status') return new KubeApiError(status);
  } catch {
    // Then it is text.
  }
  const reason = code === 404 ? 'NotFound' : code === 400 ? 'BadRequest' : code === 403 ? 'Forbidden' : 'InternalError';
  return statusError(code, reason, text.trim() || `the node agent answered ${code}`);
}

function passedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name)));
}
