import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { KubeApiError, type KubeClient } from '../../lib/kube/client.ts';
import { namespaces } from '../../lib/kube/resources.ts';
import type { LogQuery } from '../../lib/log-query.ts';
import { apiGroups } from '../../lib/names.ts';
import type { ApiExtension, ExtensionRequest, ExtensionResponse } from '../apiserver/extension.ts';
import { search } from './search.ts';
import type { LogStoreClient } from './store-client.ts';

/**
 * `logs.vigil.dev/v1`: log search under the API server's authentication. Whoever may not `get pods/log` in a namespace finds none of its lines.
 * `POST …/search` looks in all namespaces that the user may read, `POST …/namespaces/{ns}/search` in one.
 */
export function logSearchExtension(store: LogStoreClient | undefined, client: KubeClient, clock: Clock): ApiExtension {
  return {
    group: apiGroups.logs,
    version: 'v1',
    resources: [{ name: 'search', singularName: 'search', kind: 'LogQuery', namespaced: true, verbs: ['create'] }],
    async handle(request: ExtensionRequest): Promise<ExtensionResponse> {
      if (request.verb !== 'create') throw statusError(405, 'MethodNotAllowed', 'search takes POST with a LogQuery');
      if (!store) throw statusError(503, 'ServiceUnavailable', 'this cluster has no log store');
      const readable = await readableNamespaces(request, client);
      try {
        return { body: await search(store, parseQuery(request.body), readable, clock, request.signal) };
      } catch (error) {
        throw asStatus(error);
      }
    },
  };
}

/** `undefined` = every namespace. Throws 403 when there is none. */
async function readableNamespaces(
  request: ExtensionRequest,
  client: KubeClient,
): Promise<readonly string[] | undefined> {
  const mayRead = (namespace: string | undefined) =>
    request.may({ verb: 'get', group: '', version: 'v1', resource: 'pods', subresource: 'log', namespace });
  if (request.namespace !== undefined) {
    if (await mayRead(request.namespace)) return [request.namespace];
    throw statusError(
      403,
      'Forbidden',
      `user "${request.user.name}" may not get pods/log in the namespace "${request.namespace}"`,
    );
  }
  if (await mayRead(undefined)) return undefined;
  const all = await client.list(namespaces, {}, request.signal);
  const readable: string[] = [];
  for (const namespace of all.items) {
    const name = namespace.metadata?.name;
    if (name !== undefined && (await mayRead(name))) readable.push(name);
  }
  if (readable.length === 0)
    throw statusError(403, 'Forbidden', `user "${request.user.name}" may not get pods/log in any namespace`);
  return readable;
}

const stringFields = [
  'query',
  'stream',
  'level',
  'since',
  'until',
  'order',
  'after',
  'histogramInterval',
  'labelSelector',
  'dataset',
] as const;
const listFields = ['grep', 'exclude', 'pods', 'podUids', 'containers', 'containerIds', 'nodes'] as const;
const datasets = new Set(['containers', 'probes', 'terminations', 'events', 'decisions']);
/** A list longer than this is not a selection by a person. */
const MAX_LIST = 1000;

/** The body as a `LogQuery`; throws 400 that names the field. */
export function parseQuery(body: unknown): LogQuery {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw badRequest('the body must be a LogQuery object');
  const fields = body as Readonly<Record<string, unknown>>;
  const known = new Set<string>([...stringFields, ...listFields, 'size', 'workload', 'kind', 'apiVersion']);
  for (const name of Object.keys(fields)) if (!known.has(name)) throw badRequest(`unknown field "${name}"`);
  for (const name of stringFields) {
    if (fields[name] !== undefined && typeof fields[name] !== 'string') throw badRequest(`${name}: must be a string`);
  }
  for (const name of listFields) {
    const value = fields[name];
    if (value === undefined) continue;
    if (!Array.isArray(value) || value.length > MAX_LIST || value.some((item) => typeof item !== 'string')) {
      throw badRequest(`${name}: must be a list of at most ${MAX_LIST} strings`);
    }
  }
  if (fields['size'] !== undefined && typeof fields['size'] !== 'number') throw badRequest('size: must be a number');
  const workload = fields['workload'] as { kind?: unknown; name?: unknown } | null | undefined;
  if (workload !== undefined && (typeof workload?.kind !== 'string' || typeof workload.name !== 'string')) {
    throw badRequest('workload: must have the strings kind and name');
  }
  const dataset = fields['dataset'];
  if (typeof dataset === 'string' && !datasets.has(dataset))
    throw badRequest(`dataset: "${dataset}" is not one of ${[...datasets].join(', ')}`);
  return fields;
}

function badRequest(message: string): KubeApiError {
  return statusError(400, 'BadRequest', message);
}

function asStatus(error: unknown): unknown {
  if (!(error instanceof VigilError)) return error;
  if (error.class === 'invalid') return statusError(400, 'BadRequest', error.message);
  return statusError(503, 'ServiceUnavailable', error.message);
}

function statusError(code: number, reason: string, message: string): KubeApiError {
  return new KubeApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message });
}
