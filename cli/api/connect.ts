import { WebSocket } from 'ws';
import { SystemClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { KubeApiError } from '../../lib/kube/client.ts';
import { HttpKubeClient } from '../../lib/kube/http-client.ts';
import type { HttpRequest } from '../../lib/kube/http-transport.ts';
import { linesOf } from '../../lib/kube/json-lines.ts';
import { kubeconfigPaths, loadKubeconfig, type KubeContext } from '../../lib/kube/kubeconfig.ts';
import type { Status } from '../../lib/kube/types.ts';
import { clusterHome, vigilHome } from '../cluster/cluster-home.ts';
import { listRecords } from '../cluster/cluster-record.ts';
import type { KctlContext, ParsedArguments } from '../command.ts';
import type { Api } from './api.ts';

/** An upgrade that takes longer than this will not happen. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** The cluster that the options and the environment name. Throws a `VigilError` that says what to do when there is none. */
export async function connect(args: ParsedArguments, context: KctlContext): Promise<Api> {
  const target = await loadKubeconfig(pathsOf(args, context));
  const client = new HttpKubeClient({ ...target, userAgent: 'kctl', clock: new SystemClock() });
  context.signal.addEventListener('abort', () => client.close(), { once: true });
  return {
    client,
    namespace: target.namespace,
    async json<T>(
      method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
      path: string,
      body?: unknown,
      headers?: Readonly<Record<string, string>>,
    ) {
      return (await client.json({ method, path, body, headers, signal: context.signal })) as T;
    },
    lines: <T>(path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>) =>
      jsonLines<T>(client, { path, headers: { accept: 'application/json', ...headers }, signal }),
    linesOf: <T>(path: string, body: unknown, signal: AbortSignal) =>
      jsonLines<T>(client, {
        method: 'POST',
        path,
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      }),
    bytes: async (path, signal) => (await client.stream({ path, signal })).body,
    webSocket: (path, protocols) => openWebSocket(target, path, protocols),
  };
}

async function* jsonLines<T>(client: HttpKubeClient, request: HttpRequest): AsyncGenerator<T> {
  const answer = await client.stream(request);
  for await (const line of linesOf(answer.body as AsyncIterable<Uint8Array>))
    yield JSON.parse(line.toString('utf8')) as T;
}

function pathsOf(args: ParsedArguments, context: KctlContext): readonly string[] {
  const file = args.string('kubeconfig');
  if (file !== undefined) return [file];
  const home = vigilHome(context.env);
  const name = args.string('name');
  if (name !== undefined) return [clusterHome(home, name).kubeconfig];
  if ((context.env['KUBECONFIG'] ?? '') !== '') return kubeconfigPaths(context.env);
  const names = listRecords(home).map((record) => record.name);
  const [only] = names;
  if (only !== undefined && names.length === 1) return [clusterHome(home, only).kubeconfig];
  if (names.includes('demo')) return [clusterHome(home, 'demo').kubeconfig];
  if (names.length > 1)
    throw new VigilError(
      'USAGE',
      'invalid',
      `there are several clusters here: choose one with --name (${names.join(', ')})`,
    );
  return kubeconfigPaths(context.env);
}

function openWebSocket(target: KubeContext, path: string, protocols: readonly string[]): Promise<WebSocket> {
  const url = `${target.server.replace(/^http/, 'ws').replace(/\/$/, '')}${path}`;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [...protocols], {
      ca: target.ca,
      cert: target.cert,
      key: target.key,
      ...(target.tlsServerName === undefined ? {} : { servername: target.tlsServerName }),
      rejectUnauthorized: target.insecureSkipTlsVerify !== true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      headers: target.token === undefined ? {} : { authorization: `Bearer ${target.token}` },
    });
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => reject(refusal(response.statusCode ?? 500, Buffer.concat(chunks).toString('utf8'))));
    });
  });
}

/** The `Status` with which the server refused an upgrade. */
function refusal(code: number, body: string): Error {
  try {
    const status = JSON.parse(body) as Status;
    if (status.kind === 'Status') return new KubeApiError(status);
  } catch {
    // Not a Status: told as it came.
  }
  return new VigilError('UPGRADE_REFUSED', 'terminal', `the server answered ${code}: ${body.slice(0, 500)}`);
}
