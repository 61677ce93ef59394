import type { IncomingMessage } from 'node:http';
import type { Registry } from '../../registry/registry.ts';
import type { ResourceRequest } from '../request-info.ts';
import type { AgentLink } from './agent-link.ts';
import { logParameters } from './log-options.ts';
import { textFrom } from './pass-on.ts';
import { containerOf } from './pod-location.ts';
import { agentOf, podOf } from './targets.ts';

/** The log that a request asks for, from the pod's agent; `undefined` for a pod that is on no node yet: it has said nothing. Throws `KubeApiError`s. */
export async function openLog(
  registry: Registry,
  link: AgentLink,
  info: ResourceRequest,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const passed = logParameters(query, info.name ?? '').toString();
  const pod = podOf(registry, info.namespace, info.name ?? '');
  const container = containerOf(pod, query.get('container'));
  if (!pod.spec?.nodeName) return undefined;
  const segments = [info.namespace ?? '', info.name ?? '', container].map(encodeURIComponent).join('/');
  const path = `/containerLogs/${segments}${passed ? `?${passed}` : ''}`;
  return textFrom(link, agentOf(registry, pod.spec.nodeName), path, signal);
}
