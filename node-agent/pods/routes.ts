import type { AgentPods } from '../agent-pods.ts';
import type { Route } from '../http/route.ts';

/** `GET /pods` (what this node runs, as a PodList) and `GET /healthz`. */
export function podRoutes(pods: AgentPods): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/pods',
      handler: (_request, response) => {
        const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list().map(({ pod }) => pod) };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(list));
      },
    },
    {
      method: 'GET',
      path: '/healthz',
      isPublic: true,
      handler: (_request, response) => {
        response.setHeader('content-type', 'text/plain; charset=utf-8');
        response.end('ok');
      },
    },
  ];
}
