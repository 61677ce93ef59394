import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { faultNames, isFaultName, type Faults } from './faults.ts';
import { printLines } from './lines.ts';

/**
 * The health port: `GET /healthz` and `/readiness` for probes, `POST /break/<fault>`, `POST /repair` and `POST /lines?count=N` to play with. It
 * logs nothing about probes: they are recorded by those who send them.
 */
export function healthServer(faults: Faults, port: number): Server {
  return createServer((request, response) => {
    const { status, text } = answer(faults, request);
    end(response, status, text);
  }).listen(port);
}

function answer(faults: Faults, request: IncomingMessage): { readonly status: number; readonly text: string } {
  const url = new URL(request.url ?? '/', 'http://demo');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /healthz':
      return faults.has('liveness') ? { status: 500, text: 'worker: deadlock detected' } : { status: 200, text: 'ok' };
    case 'GET /readiness':
      if (faults.shuttingDown) return { status: 503, text: 'shutting down' };
      return faults.has('readiness') ? { status: 503, text: 'db: connection refused' } : { status: 200, text: 'ready' };
    case 'GET /broken':
      return { status: 200, text: faults.list().join(',') };
    case 'POST /repair':
      faults.repair();
      return { status: 200, text: 'repaired' };
    case 'POST /lines':
      return printLines(url.searchParams);
  }
  const fault = /^\/break\/([a-z]+)$/.exec(url.pathname)?.[1];
  if (request.method === 'POST' && fault !== undefined) {
    if (!isFaultName(fault)) return { status: 400, text: `unknown fault; there are ${faultNames.join(', ')}` };
    faults.break(fault);
    return { status: 200, text: `broken: ${faults.list().join(', ')}` };
  }
  return { status: 404, text: 'GET /healthz, /readiness, /broken; POST /break/<fault>, /repair, /lines?count=N' };
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(`${text}\n`);
}
