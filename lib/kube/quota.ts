import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity } from './quantity.ts';
import { limitsWhileResizing, requestsWhileResizing } from './resized-amounts.ts';
import type { Container, KubeObject, PersistentVolumeClaim, Pod, ResourceQuota, Service } from './types.ts';

/** Amounts by the name that quotas use: `pods`, `requests.cpu`, `count/deployments.apps`. */
export type Usage = ReadonlyMap<string, Quantity>;

const one = parseQuantity('1');
const zero = parseQuantity('0');

/** Kinds that quotas count under a name of their own besides `count/…`. */
const shortCounts: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'resourcequotas',
  'replicationcontrollers',
  'persistentvolumeclaims',
]);

/** What one object takes of a quota. Pods that have ended take nothing but their place in the count of objects. */
export function usageOf(group: string, plural: string, object: KubeObject): Usage {
  const usage = new Map<string, Quantity>([[`count/${plural}${group === '' ? '' : `.${group}`}`, one]]);
  if (group !== '') return usage;
  if (plural === 'pods') {
    for (const [name, amount] of podUsage(object)) usage.set(name, amount);
    return usage;
  }
  if (shortCounts.has(plural)) usage.set(plural, one);
  if (plural === 'services') addServiceUsage(usage, object);
  if (plural === 'persistentvolumeclaims') addClaimUsage(usage, object);
  return usage;
}

export function podUsage(pod: Pod): Usage {
  const usage = new Map<string, Quantity>();
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return usage;
  usage.set('pods', one);
  for (const [kind, of] of [
    ['requests', (container: Container) => requestsWhileResizing(pod, container)],
    ['limits', (container: Container) => limitsWhileResizing(pod, container)],
  ] as const) {
    for (const [name, amount] of podAmounts(pod, of)) {
      usage.set(`${kind}.${name}`, amount);
      if (kind === 'requests' && !name.includes('/')) usage.set(name, amount);
    }
  }
  return usage;
}

/** All containers together, or the hungriest init container where that is more. */
function podAmounts(
  pod: Pod,
  of: (container: Container) => Readonly<Record<string, string>> | undefined,
): ReadonlyMap<string, Quantity> {
  const sum = new Map<string, Quantity>();
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars])
    for (const [name, text] of Object.entries(of(container) ?? {}))
      sum.set(name, addQuantities(sum.get(name) ?? zero, parseQuantity(text)));
  for (const container of pod.spec?.initContainers ?? []) {
    for (const [name, text] of Object.entries(of(container) ?? {})) {
      const amount = parseQuantity(text);
      if (compareQuantities(amount, sum.get(name) ?? zero) > 0) sum.set(name, amount);
    }
  }
  return sum;
}

function addServiceUsage(usage: Map<string, Quantity>, { spec }: Service): void {
  const ports = parseQuantity(spec?.ports?.length ?? 0);
  if (spec?.type === 'LoadBalancer') usage.set('services.loadbalancers', one);
  if (spec?.type === 'LoadBalancer' || spec?.type === 'NodePort') usage.set('services.nodeports', ports);
}

function addClaimUsage(usage: Map<string, Quantity>, { spec }: PersistentVolumeClaim): void {
  const storage = parseQuantity(spec?.resources?.requests?.['storage'] ?? '0');
  usage.set('requests.storage', storage);
  const className = spec?.storageClassName;
  if (className) {
    usage.set(`${className}.storageclass.storage.k8s.io/requests.storage`, storage);
    usage.set(`${className}.storageclass.storage.k8s.io/persistentvolumeclaims`, one);
  }
}

/** Adds up what a quota speaks of. */
export function totalUsage(names: Iterable<string>, usages: Iterable<Usage>): Map<string, Quantity> {
  const total = new Map([...names].map((name) => [name, zero]));
  for (const usage of usages)
    for (const [name, amount] of usage) {
      const sum = total.get(name);
      if (sum) total.set(name, addQuantities(sum, amount));
    }
  return total;
}

export function usageTexts(usage: Usage): Record<string, string> {
  return Object.fromEntries([...usage].map(([name, amount]) => [name, formatQuantity(amount)]));
}

/** Whether a quota with scopes counts an object: scopes speak of pods, one without scopes counts everything. */
export function quotaCounts({ spec }: ResourceQuota, plural: string, object: KubeObject): boolean {
  const scopes = spec?.scopes ?? [];
  const expressions = spec?.scopeSelector?.matchExpressions ?? [];
  if (scopes.length + expressions.length === 0) return true;
  if (plural !== 'pods') return false;
  const pod = object as Pod;
  return (
    scopes.every((scope) => isInScope(scope, pod)) &&
    expressions.every(({ scopeName, operator, values = [] }) => {
      const className = pod.spec?.priorityClassName ?? '';
      if (scopeName !== 'PriorityClass') return isInScope(scopeName, pod);
      if (operator === 'Exists') return className !== '';
      if (operator === 'DoesNotExist') return className === '';
      return values.includes(className) === (operator === 'In');
    })
  );
}

function isInScope(scope: string, pod: Pod): boolean {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const isBestEffort = containers.every(
    ({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }).length === 0,
  );
  switch (scope) {
    case 'Terminating':
      return pod.spec?.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    case 'PriorityClass':
      return Boolean(pod.spec?.priorityClassName);
    default:
      return false;
  }
}

/** The kind whose objects a name of a quota speaks of, as `plural.group`: `pods` for `requests.cpu`, `deployments.apps` for `count/deployments.apps`. */
export function kindOfQuotaName(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/')) return 'persistentvolumeclaims';
  if (name.startsWith('services.')) return 'services';
  return shortCounts.has(name) ? name : 'pods';
}
