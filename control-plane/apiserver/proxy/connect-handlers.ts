import { badRequest, methodNotAllowed } from '../../../lib/kube/status-errors.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ConnectHandler } from '../handlers.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { AgentLink } from './agent-link.ts';
import { admitConnect } from './connect-admission.ts';
import { passOn, sendText } from './pass-on.ts';
import { openLog } from './pod-log.ts';
import { nodeOf } from './pod-location.ts';
import { agentOf, parseProxyName, podOf, podTarget, serviceTarget, type Target } from './targets.ts';

/** Subresources that lead to an agent, a pod or a Service. Upgrades of the same paths are `upgrades.ts`. */
export function connectHandlers(registry: Registry, link: AgentLink): ReadonlyMap<string, ConnectHandler> {
  const notAnUpgrade: ConnectHandler = async ({ info }) => {
    nodeOf(podOf(registry, info.namespace, info.name ?? ''));
    throw badRequest('Upgrade request required');
  };
  const proxy: ConnectHandler = async (exchange) => {
    const { info, query, user, warnings } = exchange;
    await admitConnect(registry, info, query, user, warnings);
    const { path, target } = proxyTarget(registry, info, exchange.request.url ?? '');
    return passOn(exchange, link, target, path);
  };
  return new Map<string, ConnectHandler>([
    ['pods/log', (exchange) => podLog(registry, link, exchange)],
    ['pods/exec', notAnUpgrade],
    ['pods/attach', notAnUpgrade],
    ['pods/portforward', notAnUpgrade],
    ['pods/proxy', proxy],
    ['services/proxy', proxy],
    ['nodes/proxy', proxy],
  ]);
}

async function podLog(registry: Registry, link: AgentLink, exchange: Exchange<ResourceRequest>): Promise<void> {
  const { info, query } = exchange;
  if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
  const log = await openLog(registry, link, info, query, exchange.signal());
  if (log) sendText(exchange, log);
  else exchange.sendText(200, '');
}

/** Where a `proxy` request goes, and with which path: what stands behind `/proxy`, as it was sent. */
export function proxyTarget(registry: Registry, info: ResourceRequest, url: string): { target: Target; path: string } {
  const name = parseProxyName(info.name ?? '', info.resource.slice(0, -1));
  return { target: targetOf(registry, info, name), path: pathBehind(url, info) };
}

function targetOf(registry: Registry, info: ResourceRequest, name: ReturnType<typeof parseProxyName>): Target {
  if (info.resource === 'nodes') {
    const agent = agentOf(registry, name.name);
    return name.port === '' || name.port === String(agent.port)
      ? agent
      : { host: agent.host, port: Number(name.port), scheme: name.scheme };
  }
  if (info.resource === 'pods') return podTarget(registry, info.namespace, name);
  return serviceTarget(registry, info.namespace, name);
}

function pathBehind(url: string, info: ResourceRequest): string {
  const marker = '/proxy';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const after = path.indexOf(`/${info.resource}/`) + info.resource.length + 2;
  const behind = path.slice(path.indexOf(marker, after) + marker.length);
  return `${behind === '' ? '/' : behind}${mark < 0 ? '' : url.slice(mark)}`;
}
