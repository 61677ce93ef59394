import type { IncomingMessage } from 'node:http';
import type { PathParams, UpgradeRoute } from '../http/route.ts';
import type { StreamRequest, StreamServer } from './stream-server.ts';

/** The upgrade routes of the agent's port: `/exec`, `/attach` and `/portForward`, as the kubelet has them. */
export function streamRoutes(streams: StreamServer): readonly UpgradeRoute[] {
  return [
    {
      path: '/exec/{namespace}/{pod}/{container}',
      handler: (request, socket, head, params) => streams.exec({ request, socket, head }, target(request, params)),
    },
    {
      path: '/attach/{namespace}/{pod}/{container}',
      handler: (request, socket, head, params) => streams.attach({ request, socket, head }, target(request, params)),
    },
    {
      path: '/portForward/{namespace}/{pod}',
      handler: (request, socket, head, params) =>
        streams.portForward({ request, socket, head }, target(request, params)),
    },
  ];
}

function target(request: IncomingMessage, params: PathParams): StreamRequest {
  const url = new URL(request.url ?? '/', 'https://agent');
  return {
    namespace: params['namespace'] ?? '',
    pod: params['pod'] ?? '',
    container: params['container'],
    query: url.searchParams,
  };
}
