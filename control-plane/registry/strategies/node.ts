import { isIPv6 } from 'node:net';
import { isLabelValue, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { Node, Taint } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { cidr } from './addresses.ts';
import { follows, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';

type Spec = NonNullable<Node['spec']>;

export const nodeStrategy: Strategy<Node> = {
  default(node) {
    node.spec ??= {};
    defaultRanges(node.spec);
    if (node.status?.capacity) node.status.allocatable ??= { ...node.status.capacity };
  },
  validate: ({ spec = {} }, old) => [
    ...validateTaints(spec.taints ?? []),
    ...validateRanges(spec.podCIDRs ?? [], old?.spec?.podCIDRs),
  ],
  validateStatusUpdate: ({ status }) => validateAddresses(status?.addresses ?? []),
  validateUpdate: ({ spec = {} }, old) => [
    // Upstream looks at taints once more.
    ...validateTaints(spec.taints ?? []),
    ...(isChanged(spec.podCIDRs ?? [], old.spec?.podCIDRs ?? [])
      ? [forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')]
      : []),
    ...(old.spec?.providerID && spec.providerID !== old.spec.providerID
      ? [forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid')]
      : []),
  ],
};

/** Each address once. */
function validateAddresses(addresses: readonly { readonly type: string; readonly address: string }[]) {
  const seen = new Set<string>();
  return addresses.flatMap((address, index) => {
    const id = `${address.type} ${address.address}`;
    if (seen.has(id)) return [duplicateValue(`status.addresses[${index}]`, internalForm('NodeAddress', address))];
    seen.add(id);
    return [];
  });
}

/** The range of a node's pods has two names: `podCIDR` is the first of `podCIDRs`, and what it says holds. */
function defaultRanges(spec: Spec): void {
  const { podCIDR, podCIDRs: [first] = [] } = spec;
  if (podCIDR && podCIDR !== first) spec.podCIDRs = [podCIDR];
  else if (first) spec.podCIDR = first;
}

function isChanged(now: readonly string[], before: readonly string[]): boolean {
  return before.length > 0 && (now.length !== before.length || now.some((range, at) => range !== before[at]));
}

function validateTaints(taints: readonly Partial<Taint>[]): readonly FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index): readonly FieldError[] => {
    const { key = '', value, effect } = taint;
    const at = `metadata.taints[${index}]`;
    const id = `${key}:${effect}`;
    const isTwice = seen.has(id);
    seen.add(id);
    return [
      ...follows(`${at}.key`, key, isQualifiedName),
      ...follows(`${at}.value`, value, isLabelValue),
      ...requiredOneOf(`${at}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
      ...(isTwice
        ? [duplicateValue(at, internalForm('Taint', taint), 'taints must be unique by key and effect pair')]
        : []),
    ];
  });
}

/** One range of each address family at most. */
function validateRanges(ranges: readonly string[], known: readonly string[] | undefined): readonly FieldError[] {
  const errors = ranges.flatMap((range, index) => cidr(`spec.podCIDRs[${index}]`, range, known));
  const [first = '', second = ''] = ranges;
  const isDual = ranges.length === 2 && isIPv6(first.split('/', 1)[0] ?? '') !== isIPv6(second.split('/', 1)[0] ?? '');
  if (ranges.length > 1 && !isDual)
    return [...errors, invalidValue('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family')];
  return errors;
}
