import { VigilError } from '../../../lib/errors.ts';
import type { HttpClient } from '../http/http-client.ts';

export type Distribution = 'elasticsearch' | 'opensearch';

/** What answers at the URL. */
export interface Server {
  readonly distribution: Distribution;
  readonly version: string;
}

/** What the server said to a request about its own state. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** The beginning of the body, for messages. */
  readonly text: string;
}

const MAX_TEXT_CHARACTERS = 300;

/** Asks which product and version answers. Throws as `request` does. */
export async function identifyServer(client: HttpClient, signal: AbortSignal): Promise<Server> {
  const { body } = expectOk(await ask(client, 'GET', '/', undefined, signal), 'GET /');
  const version = body['version'] as { number?: string; distribution?: string } | undefined;
  return {
    distribution: version?.distribution === 'opensearch' ? 'opensearch' : 'elasticsearch',
    version: version?.number ?? '',
  };
}

/** One request with JSON on both sides. Throws a transient error when the server does not answer, is busy or does not know who asks. */
export async function ask(
  client: HttpClient,
  method: string,
  path: string,
  json: unknown,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const content =
    json === undefined
      ? {}
      : { body: Buffer.from(JSON.stringify(json)), headers: { 'content-type': 'application/json' } };
  const answer = await client.request({ method, path, ...content }, signal);
  const { status } = answer;
  const whole = answer.body.toString();
  const text = whole.slice(0, MAX_TEXT_CHARACTERS) + client.hint(status);
  if (status === 401 || status === 429 || status >= 500) throw refused(`${method} ${path}`, status, text);
  return { status, body: objectOf(whole), text };
}

/** Throws unless the answer says that it was done. */
export function expectOk(answer: ServerAnswer, request: string): ServerAnswer {
  if (answer.status < 200 || answer.status >= 300) throw refused(request, answer.status, answer.text);
  return answer;
}

function refused(request: string, status: number, text: string): VigilError {
  return new VigilError('STORE_REFUSED', 'transient', `${request} answered status ${status}: ${text}`);
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
