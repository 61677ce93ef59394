import type { IncomingMessage, RequestOptions } from 'node:http';
import { messageOf } from '../../lib/errors.ts';
import { http, https } from '../../lib/http-module.ts';
import { failure, success, type CheckOutcome } from './check-outcome.ts';

export interface HttpTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** With query. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** So much of an answer is read, no more. */
const MAX_BODY_BYTES = 10 * 1024;
/** As upstream's client. */
const MAX_REDIRECTS = 10;

/**
 * Asks as the kubelet does: no kept connection, no check of certificates, redirects followed on the same host. 200–399 is success; a redirect to another host is
 * success with a warning.
 */
export async function httpCheck(target: HttpTarget, timeoutMs: number, signal: AbortSignal): Promise<CheckOutcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await follow(target, AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    const why = timeout.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialMessage(target, error);
    return failure(`Get "${urlOf(target)}": ${why}`);
  }
}

async function follow(first: HttpTarget, signal: AbortSignal): Promise<CheckOutcome> {
  let target = first;
  for (let hops = 0; ; hops++) {
    const response = await send(target, signal);
    const status = response.statusCode ?? 0;
    const location = status >= 300 && status < 400 ? response.headers.location : undefined;
    const body = await readBody(response);
    if (location === undefined) return judged(status, body);
    const next = redirected(target, location);
    if (!next) return judged(status, body);
    if (next.host !== first.host) {
      return { ...success(`Probe terminated redirects, Response body: ${body}`), isWarning: true };
    }
    if (hops >= MAX_REDIRECTS) return failure(`stopped after ${MAX_REDIRECTS} redirects`);
    target = next;
  }
}

function judged(status: number, body: string): CheckOutcome {
  if (status >= 200 && status < 400) return success(body);
  return failure(`HTTP probe failed with statuscode: ${status}${body === '' ? '' : `\n${body}`}`);
}

function send(target: HttpTarget, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = headersOf(target);
    const options: RequestOptions = {
      host: target.host,
      port: target.port,
      path: target.path,
      method: 'GET',
      headers,
      agent: false,
      signal,
    };
    const outgoing =
      target.scheme === 'https' ? https.request({ ...options, rejectUnauthorized: false }) : http.request(options);
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** The pod's own headers replace the usual ones; the same name twice is sent twice. */
function headersOf(target: HttpTarget): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    'user-agent': 'kube-probe/1.36',
    accept: '*/*',
    connection: 'close',
  };
  const seen = new Set<string>();
  for (const { name, value } of target.headers) {
    const key = name.toLowerCase();
    // There is only one Host.
    const before = seen.has(key) && key !== 'host' ? [headers[key] ?? []].flat() : [];
    headers[key] = before.length > 0 ? [...before, value] : value;
    seen.add(key);
  }
  return headers;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes >= MAX_BODY_BYTES) break;
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
}

function redirected(from: HttpTarget, location: string): HttpTarget | undefined {
  if (!URL.canParse(location, urlOf(from))) return undefined;
  const url = new URL(location, urlOf(from));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return {
    scheme,
    host: url.hostname,
    port: Number(url.port || (scheme === 'https' ? 443 : 80)),
    path: url.pathname + url.search,
    headers: from.headers,
  };
}

function urlOf({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme}://${host}:${port}${path}`;
}

function dialMessage({ host, port }: HttpTarget, error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${host}:${port}: connect: no route to host`;
  if (code === 'ECONNRESET') return 'EOF';
  return messageOf(error);
}
