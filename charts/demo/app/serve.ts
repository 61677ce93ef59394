import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { log } from './say.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** `METHOD /path` → handler. */
export type Routes = Readonly<
  Record<string, (request: IncomingMessage, url: URL, body: string) => Promise<Answer> | Answer>
>;

const MAX_BODY_BYTES = 16 * 1024;

/** An HTTP server for `routes` that answers JSON and logs each request but those of `/` probes. */
export function serve(role: string, routes: Routes, port: number): Server {
  const server = createServer((request, response) => {
    void answer(role, routes, request, response);
  });
  return server.listen(port);
}

async function answer(role: string, routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const url = new URL(request.url ?? '/', 'http://demo');
  const route = routes[`${request.method} ${url.pathname}`];
  let result: Answer;
  try {
    result = route
      ? await route(request, url, await readBody(request))
      : {
          status: 404,
          body: { error: `no ${request.method} ${url.pathname} here; try ${Object.keys(routes).join(', ')}` },
        };
  } catch (error) {
    result = { status: 502, body: { error: error instanceof Error ? error.message : String(error) } };
  }
  response.writeHead(result.status, { 'content-type': 'application/json', 'x-pod': hostname() });
  response.end(`${JSON.stringify(result.body)}\n`);
  const level = result.status >= 500 ? 'error' : result.status >= 400 ? 'warn' : 'info';
  log(
    level,
    `${role}: ${request.method} ${url.pathname} ${result.status} ${(performance.now() - started).toFixed(1)} ms`,
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
