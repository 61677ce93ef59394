import type { ApiObject } from '../../registry/api-object.ts';
import { isTrue, type ResourceRequest } from '../request-info.ts';

const flags = ['stdin', 'stdout', 'stderr', 'tty'] as const;
const kinds: Readonly<Record<string, string>> = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
};

/** What a request that leads into a pod, a Service or a node asks for, as the object that admission is shown; `undefined` for other requests. */
export function connectOptions(
  { group, resource, subresource, rest }: ResourceRequest,
  query: URLSearchParams,
): ApiObject | undefined {
  const kind = group === '' ? kinds[`${resource}/${subresource}`] : undefined;
  if (kind === undefined) return undefined;
  return { apiVersion: 'v1', kind, metadata: {}, ...fieldsOf(subresource, rest, query) };
}

function fieldsOf(subresource: string | undefined, rest: readonly string[], query: URLSearchParams): object {
  if (subresource === 'proxy') return rest.length > 0 ? { path: `/${rest.join('/')}` } : {};
  if (subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number));
    return ports.length > 0 ? { ports } : {};
  }
  const container = query.get('container');
  const command = query.getAll('command');
  return {
    ...Object.fromEntries(flags.filter((name) => isTrue(query.get(name))).map((name) => [name, true])),
    ...(container ? { container } : {}),
    ...(subresource === 'exec' && command.length > 0 ? { command } : {}),
  };
}

/** The query of exec, attach or port-forward as admission left the options. */
export function queryOf(options: ApiObject, query: URLSearchParams): URLSearchParams {
  const changed = new URLSearchParams(query);
  for (const name of [...flags, 'container', 'command', 'ports']) changed.delete(name);
  for (const name of flags) if (options[name] === true) changed.set(name, 'true');
  if (typeof options['container'] === 'string') changed.set('container', options['container']);
  for (const name of ['command', 'ports'] as const) {
    const values = options[name];
    if (Array.isArray(values)) for (const value of values) changed.append(name, String(value));
  }
  return changed;
}
