import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { Node } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { named, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField } from './field-errors.ts';

export const nodeStrategy: Strategy<Node> = {
  default(node) {
    node.spec ??= {};
    if (node.status?.capacity) node.status.allocatable ??= { ...node.status.capacity };
  },
  validate({ spec }) {
    const seen = new Set<string>();
    return (spec?.taints ?? []).flatMap((taint, index): readonly FieldError[] => {
      const at = `spec.taints[${index}]`;
      const id = `${taint.key}:${taint.effect}`;
      const isTwice = seen.has(id);
      seen.add(id);
      return [
        ...named(`${at}.key`, taint.key, isQualifiedName),
        ...requiredOneOf(`${at}.effect`, taint.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
        ...(isTwice ? [duplicateValue(at, taint)] : []),
      ];
    });
  },
  validateUpdate: ({ spec }, old) =>
    old.spec?.podCIDR && spec?.podCIDR !== old.spec.podCIDR
      ? [forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')]
      : [],
};
