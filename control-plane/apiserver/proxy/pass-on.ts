import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { KubeApiError } from '../../../lib/kube/client.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { Status } from '../../../lib/kube/types.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { AgentLink } from './agent-link.ts';
import { connectionHeaders } from './connection-headers.ts';
import type { Target } from './targets.ts';

/** Of an agent's refusal no more than this is read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Sends the request on and the answer back, as it comes. */
export async function passOn(
  exchange: Exchange<ResourceRequest>,
  link: AgentLink,
  target: Target,
  path: string,
): Promise<void> {
  const { request, response } = exchange;
  const body = exchange.hasBody() ? exchange.bytes() : undefined;
  const answer = await link.request(target, {
    method: request.method ?? 'GET',
    path,
    headers: {
      ...passedHeaders(request.headers),
      host: `${target.host}:${target.port}`,
      ...(body ? { 'content-length': body.length } : {}),
    },
    body,
    signal: exchange.signal(),
  });
  response.writeHead(answer.statusCode ?? 502, passedHeaders(answer.headers));
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

/** GET from an agent: resolves with the answer, its body still to be read. What the agent refuses is thrown as a `KubeApiError`. */
export async function textFrom(
  link: AgentLink,
  target: Target,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const answer = await link.request(target, { method: 'GET', path, headers: {}, signal });
  if ((answer.statusCode ?? 500) >= 400) throw await refusalOf(answer);
  return answer;
}

/** Sends an agent's text on as it comes. */
export function sendText({ response }: Exchange<ResourceRequest>, answer: IncomingMessage): void {
  response.writeHead(200, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
  response.flushHeaders();
  answer.on('error', () => response.destroy());
  answer.pipe(response);
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
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.has(name)));
}
