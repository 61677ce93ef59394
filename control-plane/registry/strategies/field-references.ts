import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

/** Fields of a pod that have a name by which others may refer to them, whether they may be read there or not. */
const knownPaths: ReadonlySet<string> = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.phase',
  'status.podIP',
  'status.podIPs',
]);

/** What can become an environment variable. */
export const environmentPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** What can become a file, which is written again when the field changes. */
export const filePaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const resourcePaths = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** What amounts may be counted in, and how messages call the resource. */
const divisorRules = {
  cpu: { allowed: ['1m', '1'], said: '1m and 1', resource: 'cpu' },
  memory: { allowed: byteDivisors, said: byteDivisors.join(', '), resource: 'memory' },
  'ephemeral-storage': { allowed: byteDivisors, said: byteDivisors.join(', '), resource: 'local ephemeral storage' },
  hugepages: { allowed: byteDivisors, said: byteDivisors.join(', '), resource: 'hugepages' },
};

/** A reference at `at` to a field of the pod, which must be one of `readable` or a single label or annotation. */
export function validateFieldReference(
  at: string,
  { fieldPath: path = '', apiVersion = 'v1' }: { readonly fieldPath?: string; readonly apiVersion?: string },
  readable: readonly string[],
): readonly FieldError[] {
  const field = `${at}.fieldPath`;
  if (path === '') return [requiredValue(field)];
  const unconvertible = (why: string) => [invalidValue(field, path, `error converting fieldPath: ${why}`)];
  if (apiVersion !== 'v1') return unconvertible(`unsupported pod version: ${apiVersion}`);
  const [, map = '', key = ''] = /^(.*)\['([^']*)'\]$/.exec(path) ?? [];
  if (map === 'metadata.labels') return isQualifiedName(key).map((detail) => invalidValue(at, key, detail));
  if (map === 'metadata.annotations') {
    const lower = key.toLowerCase();
    return isQualifiedName(lower).map((detail) => invalidValue(at, lower, detail));
  }
  if (map !== '') return unconvertible(`field label does not support subscript: ${path}`);
  if (!knownPaths.has(path)) return unconvertible(`field label not supported: ${path}`);
  return readable.includes(path) ? [] : [unsupportedValue(field, path, readable)];
}

/** A reference at `at` to an amount that a container asks for or is limited to. */
export function validateResourceReference(
  at: string,
  { resource = '', divisor = '0' }: { readonly resource?: string; readonly divisor?: string },
): readonly FieldError[] {
  if (resource === '') return [requiredValue(`${at}.resource`)];
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (!resourcePaths.includes(resource) && !isHugePages)
    return [unsupportedValue(`${at}.resource`, resource, resourcePaths)];
  const name = isHugePages ? 'hugepages' : resource.slice(resource.indexOf('.') + 1);
  const rule = divisorRules[name as keyof typeof divisorRules];
  const given = parseQuantity(divisor);
  if (given.nano === 0n || rule.allowed.some((one) => compareQuantities(parseQuantity(one), given) === 0)) return [];
  const detail = `only divisor's values ${rule.said} are supported with the ${rule.resource} resource`;
  return [invalidValue(`${at}.divisor`, resource, detail)];
}
