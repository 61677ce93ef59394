import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { namespaces } from '../../lib/kube/resources.ts';
import { statusError } from '../../lib/kube/status-errors.ts';
import { QueryError } from '../../lib/log-query/query-error.ts';
import { apiGroups } from '../../lib/names.ts';
import type { ApiExtension, ExtensionRequest, ExtensionResponse } from '../apiserver/extension.ts';
import { queryOfBody } from './query-body.ts';
import { endingWith, SearchTurns } from './search-turns.ts';
import { isStreamable, search, streamSearch } from './search.ts';
import type { LogStoreClient } from './store-client.ts';

/**
 * `logs.vigil.dev/v1`: log search under the API server's authentication. Whoever may not `get pods/log` in a namespace finds none of its lines.
 * `POST …/search` looks in all namespaces that the user may read, `POST …/namespaces/{ns}/search` in one. With `?stream=true` the answer is one `LogPage` a line.
 */
export function logSearchExtension(store: LogStoreClient | undefined, client: KubeClient, clock: Clock): ApiExtension {
  const turns = new SearchTurns();
  return {
    group: apiGroups.logs,
    version: 'v1',
    resources: [{ name: 'search', singularName: 'search', kind: 'LogQuery', namespaced: true, verbs: ['create'] }],
    async handle(request: ExtensionRequest): Promise<ExtensionResponse> {
      if (request.verb !== 'create') throw statusError(405, 'MethodNotAllowed', 'search takes POST with a LogQuery');
      if (!store) throw statusError(503, 'ServiceUnavailable', 'this cluster has no log store');
      const query = queryOfBody(request.body);
      const isStream = request.query.get('stream') === 'true';
      const asker = { namespaces: await readableNamespaces(request, client), signal: request.signal };
      const end = turns.begin(request.signal);
      try {
        if (isStream) {
          if (!isStreamable(query))
            throw statusError(400, 'BadRequest', 'a stream of pages has no counts and no fields');
          return { lines: endingWith(await streamSearch(store, query, asker, clock), end) };
        }
        const body = await search(store, query, asker, clock);
        end();
        return { body };
      } catch (error) {
        end();
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

function asStatus(error: unknown): unknown {
  if (error instanceof QueryError) {
    // The field and the place in it, for clients that did not parse the query themselves.
    const cause = {
      reason: 'FieldValueInvalid',
      field: error.field,
      message: `${error.problem} at character ${error.at + 1}`,
    };
    return statusError(400, 'BadRequest', error.message, { causes: [cause] });
  }
  if (!(error instanceof VigilError)) return error;
  if (error.class === 'invalid') return statusError(400, 'BadRequest', error.message);
  return statusError(503, 'ServiceUnavailable', error.message);
}
