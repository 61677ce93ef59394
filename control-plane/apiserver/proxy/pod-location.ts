import { badRequest, conflict } from '../../../lib/kube/status-errors.ts';
import { pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** The container that a request for a pod means. Throws 400 when it has to be named, or names one that is not there. */
export function containerOf(pod: Pod, asked: string | null): string {
  const { spec, metadata } = pod;
  const podName = metadata?.name ?? '';
  const ordinary = (spec?.containers ?? []).map((container) => container.name);
  const init = (spec?.initContainers ?? []).map((container) => container.name);
  const ephemeral = (spec?.ephemeralContainers ?? []).map((container) => container.name);
  if (asked) {
    if ([...ordinary, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${podName}`);
  }
  const marked = metadata?.annotations?.[DEFAULT_CONTAINER];
  if (marked !== undefined && ordinary.includes(marked)) return marked;
  const [only] = ordinary;
  if (only !== undefined && ordinary.length === 1) return only;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${podName}, choose one of: [${ordinary.join(' ')}]${others}`,
  );
}

/** The node on which a pod is; throws when it is on none. */
export function nodeOf(pod: Pod): string {
  const name = pod.metadata?.name ?? '';
  const node = pod.spec?.nodeName;
  if (!node) throw badRequest(`pod ${name} does not have a host assigned`);
  return node;
}

/** Nobody can enter a pod that has ended. */
export function checkRunning(pod: Pod): void {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw conflict(
      pods,
      pod.metadata?.name ?? '',
      `cannot exec into a container in a completed pod; current phase is ${phase}`,
    );
  }
}

/** The agent's path for `exec` and `attach` of a container, `portforward` of a pod. The query is passed as it came, but for the container. */
export function agentStreamPath(pod: Pod, subresource: string, query: URLSearchParams): string {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  const at = `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  if (subresource === 'portforward') {
    const text = query.toString();
    return `/portForward/${at}${text ? `?${text}` : ''}`;
  }
  const container = containerOf(pod, query.get('container'));
  const rest = new URLSearchParams(query);
  rest.delete('container');
  const text = rest.toString();
  return `/${subresource}/${at}/${encodeURIComponent(container)}${text ? `?${text}` : ''}`;
}
