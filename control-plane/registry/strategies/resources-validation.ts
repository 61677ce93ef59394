import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { Container } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { forbiddenField, invalidValue, nonNegativeDetail, requiredValue } from './field-errors.ts';

type Resources = NonNullable<Container['resources']>;

const NANO = 1_000_000_000n;
const HUGE_PAGES = 'hugepages-';

const containerResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** What is counted elsewhere, in claims and in quotas. */
const otherResources: ReadonlySet<string> = new Set([
  'storage',
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

/** Amounts are well formed and not negative, and nobody asks for more than the limit. */
export function validateResources(resources: Resources, at: string): readonly FieldError[] {
  const { limits = {}, requests = {} } = resources;
  const errors: FieldError[] = [
    ...validateAmounts(limits, `${at}.limits`),
    ...validateAmounts(requests, `${at}.requests`),
    ...validateHugePages({ ...requests, ...limits }, at),
  ];
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) {
      if (isExtended(name))
        errors.push(requiredValue(`${at}.limits`, 'Limit must be set for non overcommitable resources'));
      continue;
    }
    const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
    if (isExtended(name) && order !== 0) {
      errors.push(invalidValue(`${at}.requests`, request, `must be equal to ${name} limit of ${limit}`));
    } else if (order > 0) {
      errors.push(invalidValue(`${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  return errors;
}

/** Amounts of resources by their names, at `at`. */
export function validateAmounts(amounts: Readonly<Record<string, string>>, at: string): readonly FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const field = `${at}[${name}]`;
    const { nano } = parseQuantity(amount);
    const errors: FieldError[] = [...validateResourceName(field, name)];
    if (nano < 0n) errors.push(invalidValue(field, amount, nonNegativeDetail));
    if (isExtended(name) && !isHugePages(name) && nano % NANO !== 0n)
      errors.push(invalidValue(field, amount, 'must be an integer'));
    if (isHugePages(name) && !isMultiple(nano, name.slice(HUGE_PAGES.length)))
      errors.push(invalidValue(field, amount, `${amount} is not positive integer multiple of ${name}`));
    return errors;
  });
}

/** Pages of a size are had as wholes. A size that is none has no multiples. */
function isMultiple(nano: bigint, size: string): boolean {
  if (!/^[0-9]/.test(size)) return false;
  try {
    const page = parseQuantity(size).nano;
    return page > 0n && nano > 0n && nano % page === 0n;
  } catch {
    return false;
  }
}

/** Whoever has pages only could not be placed: nothing says how much of a node it takes. */
function validateHugePages(amounts: Readonly<Record<string, string>>, at: string): readonly FieldError[] {
  if (!Object.keys(amounts).some(isHugePages) || 'cpu' in amounts || 'memory' in amounts) return [];
  return [forbiddenField(at, 'HugePages require cpu or memory')];
}

function validateResourceName(field: string, name: string): readonly FieldError[] {
  const details = [...isQualifiedName(name)];
  if (name.includes('/')) {
    if (details.length === 0 && name.startsWith('requests.'))
      details.push("doesn't follow extended resource name standard");
  } else if (!containerResources.has(name) && !isHugePages(name)) {
    if (details.length === 0 && !otherResources.has(name))
      details.push('must be a standard resource type or fully qualified');
    details.push('must be a standard resource for containers');
  }
  return details.map((detail) => invalidValue(field, name, detail));
}

/** Devices and huge pages cannot be shared, so that asking and being limited is the same. */
function isExtended(name: string): boolean {
  return isHugePages(name) || (name.includes('/') && !name.startsWith('kubernetes.io/'));
}

function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}
