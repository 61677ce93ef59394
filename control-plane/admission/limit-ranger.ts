import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../lib/kube/quantity.ts';
import { limitRanges } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { Container, LimitRange, PersistentVolumeClaim, Pod } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];
type Amounts = Readonly<Record<string, string>>;

/** Fills in what containers do not say about their resources, and refuses what is beyond a namespace's limits. */
export function limitRanger(registry: Registry): AdmissionPlugin {
  const { cache } = registry.of(limitRanges);
  const itemsFor = (request: AdmissionRequest): readonly Item[] =>
    [...cache.all(request.namespace)].flatMap(({ object }) => (object as unknown as LimitRange).spec?.limits ?? []);
  const isLimited = ({ operation, definition, subresource, object }: AdmissionRequest) =>
    cache.size > 0 &&
    object !== undefined &&
    definition.resource.group === '' &&
    ((definition.resource.plural === 'pods' &&
      (subresource === 'resize' || (subresource === undefined && operation === 'CREATE'))) ||
      (definition.resource.plural === 'persistentvolumeclaims' && subresource === undefined));
  return {
    name: 'LimitRanger',
    admit(request) {
      if (!isLimited(request) || request.definition.resource.plural !== 'pods') return;
      const pod = request.object as Pod | undefined;
      for (const item of itemsFor(request)) if (item.type === 'Container') fillIn(pod, item);
    },
    validate(request) {
      if (!isLimited(request)) return;
      const problems = itemsFor(request).flatMap((item) => problemsOf(item, request));
      if (problems.length === 0) return;
      const text = problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`;
      throw forbidden(request.definition.resource, request.name, text);
    },
  };
}

function fillIn(pod: Pod | undefined, item: Item): void {
  for (const container of [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])]) {
    const limits = { ...item.default, ...container.resources?.limits };
    const requests = { ...item.defaultRequest, ...container.resources?.requests };
    // A limit that the container set itself is its request too, rather than the namespace's default.
    for (const [name, amount] of Object.entries(container.resources?.limits ?? {}))
      if (container.resources?.requests?.[name] === undefined) requests[name] = amount;
    container.resources = {
      ...container.resources,
      ...(Object.keys(limits).length > 0 ? { limits } : {}),
      ...(Object.keys(requests).length > 0 ? { requests } : {}),
    };
  }
}

function problemsOf(item: Item, request: AdmissionRequest): readonly string[] {
  const { plural } = request.definition.resource;
  if (plural === 'persistentvolumeclaims') {
    if (item.type !== 'PersistentVolumeClaim') return [];
    const requests = (request.object as PersistentVolumeClaim | undefined)?.spec?.resources?.requests ?? {};
    return boundProblems(item, requests, {});
  }
  const pod = request.object as Pod | undefined;
  if (item.type === 'Pod') {
    const containers = pod?.spec?.containers ?? [];
    return boundProblems(
      item,
      sumOf(containers, (container) => container.resources?.requests),
      sumOf(containers, (container) => container.resources?.limits),
    );
  }
  if (item.type !== 'Container') return [];
  return [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])].flatMap(({ resources }) =>
    boundProblems(item, resources?.requests ?? {}, resources?.limits ?? {}),
  );
}

function boundProblems(item: Item, requests: Amounts, limits: Amounts): readonly string[] {
  const problems: string[] = [];
  for (const [name, min] of Object.entries(item.min ?? {})) {
    const request = requests[name];
    if (request === undefined)
      problems.push(`minimum ${name} usage per ${item.type} is ${min}.  No request is specified`);
    else if (isLess(request, min))
      problems.push(`minimum ${name} usage per ${item.type} is ${min}, but request is ${request}`);
    const limit = limits[name];
    if (limit !== undefined && isLess(limit, min))
      problems.push(`minimum ${name} usage per ${item.type} is ${min}, but limit is ${limit}`);
  }
  for (const [name, max] of Object.entries(item.max ?? {})) {
    const limit = item.type === 'PersistentVolumeClaim' ? requests[name] : limits[name];
    const what = item.type === 'PersistentVolumeClaim' ? 'request' : 'limit';
    if (limit === undefined) problems.push(`maximum ${name} usage per ${item.type} is ${max}.  No limit is specified`);
    else if (isLess(max, limit))
      problems.push(`maximum ${name} usage per ${item.type} is ${max}, but ${what} is ${limit}`);
    const request = requests[name];
    if (what === 'limit' && request !== undefined && isLess(max, request))
      problems.push(`maximum ${name} usage per ${item.type} is ${max}, but request is ${request}`);
  }
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined || limit === undefined) {
      problems.push(
        `${name} max limit to request ratio per ${item.type} is ${ratio}, but no request or limit is specified`,
      );
      continue;
    }
    const actual = Number(parseQuantity(limit).nano) / Number(parseQuantity(request).nano);
    if (actual > Number(parseQuantity(ratio).nano) / 1e9)
      problems.push(
        `${name} max limit to request ratio per ${item.type} is ${ratio}, but provided ratio is ${actual.toFixed(6)}`,
      );
  }
  return problems;
}

function isLess(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) < 0;
}

function sumOf(containers: readonly Container[], of: (container: Container) => Amounts | undefined): Amounts {
  const sum = new Map<string, Quantity>();
  for (const container of containers)
    for (const [name, text] of Object.entries(of(container) ?? {})) {
      const before = sum.get(name);
      sum.set(name, before ? addQuantities(before, parseQuantity(text)) : parseQuantity(text));
    }
  return Object.fromEntries([...sum].map(([name, amount]) => [name, formatQuantity(amount)]));
}
