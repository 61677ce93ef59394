import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../lib/kube/quantity.ts';
import { kindOfQuotaName, quotaCounts, totalUsage, usageOf, type Usage } from '../../lib/kube/quota.ts';
import { resourceQuotas } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { Pod, ResourceQuota } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

/** Amounts that requests under way will take, by quota. */
type Reserved = Map<string, Set<Usage>>;

/**
 * Refuses what would take more of a quota than there is. What is used is counted from the objects themselves, and with it what requests under way have been
 * promised, so that many at the same time do not take it twice.
 */
export function resourceQuota(registry: Registry): AdmissionPlugin {
  const { cache } = registry.of(resourceQuotas);
  const reserved: Reserved = new Map();
  return {
    name: 'ResourceQuota',
    validate(request) {
      if (cache.size === 0 || request.object === undefined) return;
      if (request.subresource !== undefined && request.subresource !== 'resize') return;
      if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return;
      for (const { object } of cache.all(request.namespace)) {
        const quota = object as unknown as ResourceQuota;
        if (!quotaCounts(quota, request.definition.resource.plural, request.object)) continue;
        refuseUnsaid(quota, request);
        const delta = deltaOf(quota, request);
        if (delta.size === 0) continue;
        check(registry, quota, request, delta, reserved);
        if (!request.context.dryRun) reserve(reserved, quota, delta, request);
      }
    },
  };
}

/** What the request takes more than before, of what the quota speaks of. */
function deltaOf(quota: ResourceQuota, { definition, object, old }: AdmissionRequest): Usage {
  const { group, plural } = definition.resource;
  const hard = quota.spec?.hard ?? {};
  const delta = new Map<string, Quantity>();
  if (!object) return delta;
  const now = usageOf(group, plural, object);
  const before: Usage = old ? usageOf(group, plural, old) : new Map();
  for (const [name, amount] of now) {
    if (!Object.hasOwn(hard, name)) continue;
    const nano = amount.nano - (before.get(name)?.nano ?? 0n);
    if (nano > 0n) delta.set(name, { ...amount, nano });
  }
  return delta;
}

function check(
  registry: Registry,
  quota: ResourceQuota,
  request: AdmissionRequest,
  delta: Usage,
  reserved: Reserved,
): void {
  const { resource } = request.definition;
  const name = quota.metadata?.name ?? '';
  const hard = quota.spec?.hard ?? {};
  const used = usedNow(registry, quota, request, reserved);
  const exceeded = [...delta].filter(([amountName, amount]) => {
    const total = addQuantities(used.get(amountName) ?? parseQuantity('0'), amount);
    return compareQuantities(total, parseQuantity(hard[amountName] ?? '0')) > 0;
  });
  if (exceeded.length === 0) return;
  const list = (text: (name: string, amount: Quantity) => string) =>
    exceeded.map(([amountName, amount]) => `${amountName}=${text(amountName, amount)}`).join(',');
  throw forbidden(
    resource,
    request.name,
    `exceeded quota: ${name}, requested: ${list((_, amount) => formatQuantity(amount))}, used: ${list((one) =>
      formatQuantity(used.get(one) ?? parseQuantity('0')),
    )}, limited: ${list((one) => hard[one] ?? '0')}`,
  );
}

function refuseUnsaid(quota: ResourceQuota, request: AdmissionRequest): void {
  const unsaid = unsaidAmounts(quota, request);
  if (unsaid.length === 0) return;
  const why = `failed quota: ${quota.metadata?.name ?? ''}: must specify ${unsaid.join('; ')}`;
  throw forbidden(request.definition.resource, request.name, why);
}

/** A quota on cpu or memory wants every container to say how much. */
function unsaidAmounts(quota: ResourceQuota, { definition, object, operation }: AdmissionRequest): readonly string[] {
  if (definition.resource.plural !== 'pods' || operation !== 'CREATE') return [];
  const containers = (object as Pod | undefined)?.spec?.containers ?? [];
  return Object.keys(quota.spec?.hard ?? {}).flatMap((name) => {
    const match = /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.exec(name);
    if (!match?.[2]) return [];
    const [, kind = 'requests', amount] = match;
    const lacking = containers.filter(
      ({ resources }) => (kind === 'limits' ? resources?.limits : resources?.requests)?.[amount] === undefined,
    );
    return lacking.length === 0 ? [] : [`${name} for: ${lacking.map((container) => container.name).join(',')}`];
  });
}

function usedNow(
  registry: Registry,
  quota: ResourceQuota,
  request: AdmissionRequest,
  reserved: Reserved,
): Map<string, Quantity> {
  const { resource } = request.definition;
  const own = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  const names = Object.keys(quota.spec?.hard ?? {}).filter((name) => kindOfQuotaName(name) === own);
  const usages: Usage[] = [...(reserved.get(quota.metadata?.uid ?? '') ?? [])];
  for (const { object } of registry.of(resource).cache.all(request.namespace))
    if (quotaCounts(quota, resource.plural, object)) usages.push(usageOf(resource.group, resource.plural, object));
  return totalUsage(names, usages);
}

function reserve(reserved: Reserved, quota: ResourceQuota, delta: Usage, request: AdmissionRequest): void {
  const uid = quota.metadata?.uid ?? '';
  const promised = reserved.get(uid) ?? new Set<Usage>();
  reserved.set(uid, promised);
  promised.add(delta);
  // From then on the object itself is counted, if there is one.
  request.onSettled(() => {
    promised.delete(delta);
    if (promised.size === 0) reserved.delete(uid);
  });
}
