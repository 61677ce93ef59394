import type { ServerResponse } from 'node:http';
import type { Route } from '../http/route.ts';
import type { LocalVolumes } from './local-volumes.ts';

/** `PUT /vigil/v1/volumes/{name}` makes the folder of a persistent volume and answers `{path}`; `DELETE` removes it with its data. Both may be repeated. */
export function volumeRoutes(volumes: LocalVolumes): readonly Route[] {
  const path = '/vigil/v1/volumes/{name}';
  return [
    {
      method: 'PUT',
      path,
      handler: async (_request, response, { name = '' }) => answer(response, { path: await volumes.make(name) }),
    },
    {
      method: 'DELETE',
      path,
      handler: async (_request, response, { name = '' }) => {
        await volumes.remove(name);
        answer(response, {});
      },
    },
  ];
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
