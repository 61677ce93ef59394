import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Answer, Routes } from './serve.ts';

const BACKEND_TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** `frontend`: what users see; passes on to `hello` and `auth` by their Service names. */
export function frontendRoutes(env: NodeJS.ProcessEnv): Routes {
  const hello = env['HELLO_URL'] ?? 'http://hello';
  const auth = env['AUTH_URL'] ?? 'http://auth';
  return {
    'GET /': (request) => forward(request, `${hello}/`, ''),
    'GET /hello': (request) => forward(request, `${hello}/`, ''),
    'GET /secure': (request) => forward(request, `${hello}/secure`, ''),
    'GET /version': (request) => forward(request, `${hello}/version`, ''),
    'POST /login': (request, _url, body) => forward(request, `${auth}/login`, body),
  };
}

function forward(from: IncomingMessage, url: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const authorization = from.headers.authorization;
    const outgoing = httpRequest(
      url,
      {
        method: from.method,
        timeout: BACKEND_TIMEOUT_MS,
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER_BYTES) outgoing.destroy(new Error(`${url} answered too much`));
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 502, body: parsed(text) }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer within ${BACKEND_TIMEOUT_MS} ms`)));
    outgoing.on('error', (error) => reject(new Error(`${url}: ${error.message}`)));
    outgoing.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
