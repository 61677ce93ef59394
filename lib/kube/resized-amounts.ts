import { podCondition } from './pod-facts.ts';
import { compareQuantities, parseQuantity } from './quantity.ts';
import type { Container, ContainerStatus, Pod } from './types.ts';

type Amounts = Readonly<Record<string, string>>;

/**
 * What a container counts as having asked for while its pod may be being resized: the most of what it wants, what its node has allocated, and what it has. What is
 * wanted and can never be had on that node does not count.
 */
export function requestsWhileResizing(pod: Pod, container: Container): Amounts | undefined {
  const wanted = container.resources?.requests;
  const status = statusOf(pod, container);
  if (!status) return wanted;
  const had = most(status.resources?.requests, status.allocatedResources);
  return isInfeasible(pod) ? (had ?? wanted) : most(wanted, had);
}

/** Likewise for limits; none is allocated before it is given. */
export function limitsWhileResizing(pod: Pod, container: Container): Amounts | undefined {
  const wanted = container.resources?.limits;
  const status = statusOf(pod, container);
  if (!status?.resources) return wanted;
  return isInfeasible(pod) ? (status.resources.limits ?? wanted) : most(wanted, status.resources.limits);
}

function isInfeasible(pod: Pod): boolean {
  return podCondition(pod, 'PodResizePending')?.reason === 'Infeasible';
}

/** Of a container whose node says what it has. */
function statusOf(pod: Pod, container: Container): ContainerStatus | undefined {
  const list = container.restartPolicy === 'Always' ? 'initContainerStatuses' : 'containerStatuses';
  const status =
    pod.status?.[list]?.find(({ name }) => name === container.name) ??
    pod.status?.containerStatuses?.find(({ name }) => name === container.name);
  return status?.resources || status?.allocatedResources ? status : undefined;
}

function most(a: Amounts | undefined, b: Amounts | undefined): Amounts | undefined {
  if (!a || !b) return a ?? b;
  let result: Record<string, string> | undefined;
  for (const [name, amount] of Object.entries(b)) {
    const other = a[name];
    // Nearly always they are the same text, and nothing has to be parsed.
    if (other === amount) continue;
    if (other !== undefined && compareQuantities(parseQuantity(other), parseQuantity(amount)) >= 0) continue;
    result ??= { ...a };
    result[name] = amount;
  }
  return result ?? a;
}
