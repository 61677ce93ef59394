import { milliValue, wholeValue } from '../../lib/kube/quantity.ts';
import { requestsWhileResizing } from '../../lib/kube/resized-amounts.ts';
import type { Container, Pod } from '../../lib/kube/types.ts';

/** Amounts by resource name: `cpu` in thousandths of a core, everything else in whole units (bytes, devices). */
export type Amounts = Readonly<Record<string, number>>;

/** What a container without a request counts as when nodes are scored (never when they are filtered), so that such pods spread too. Upstream's figures. */
const assumedRequest: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 };

function amountOf(resource: string, quantity: string): number {
  return resource === 'cpu' ? milliValue(quantity) : wholeValue(quantity);
}

export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  return Object.fromEntries(Object.entries(quantities ?? {}).map(([name, text]) => [name, amountOf(name, text)]));
}

export function add(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}

export function subtract(a: Amounts, b: Amounts): Amounts {
  const rest: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) rest[name] = (rest[name] ?? 0) - amount;
  return rest;
}

function larger(a: Amounts, b: Amounts): Amounts {
  const result: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) result[name] = Math.max(result[name] ?? 0, amount);
  return result;
}

function requestsOf(pod: Pod, container: Container, withAssumed: boolean): Amounts {
  const stated = amountsOf(requestsWhileResizing(pod, container));
  return withAssumed ? { ...assumedRequest, ...stated } : stated;
}

/**
 * What a pod reserves: all its containers and sidecars together, or what its hungriest init container needs beside the sidecars started before it,
 * whichever is more, plus the pod's overhead.
 */
export function podRequests(pod: Pod, options: { readonly withAssumed: boolean }): Amounts {
  let running: Amounts = {};
  for (const container of pod.spec?.containers ?? [])
    running = add(running, requestsOf(pod, container, options.withAssumed));
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of pod.spec?.initContainers ?? []) {
    const requests = requestsOf(pod, container, options.withAssumed);
    if (container.restartPolicy === 'Always') {
      sidecars = add(sidecars, requests);
      starting = larger(starting, sidecars);
    } else {
      starting = larger(starting, add(sidecars, requests));
    }
  }
  const needed = larger(add(running, sidecars), starting);
  return add(needed, amountsOf(pod.spec?.overhead));
}
