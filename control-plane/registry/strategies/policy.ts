import type { LimitRange, PodDisruptionBudget, ResourceQuota } from '../../../lib/kube/types.ts';
import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { countOrPercent, labelSelector, oneOf } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

export const podDisruptionBudgetStrategy: Strategy<PodDisruptionBudget> = {
  prepareForCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate({ spec }) {
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec ?? {};
    const errors: FieldError[] = [
      ...countOrPercent('spec.minAvailable', minAvailable),
      ...countOrPercent('spec.maxUnavailable', maxUnavailable),
      ...oneOf('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, ['IfHealthyBudget', 'AlwaysAllow']),
    ];
    if (minAvailable !== undefined && maxUnavailable !== undefined)
      errors.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
    if (selector) errors.push(...labelSelector('spec.selector', selector));
    return errors;
  },
};

const limitTypes = ['Container', 'Pod', 'PersistentVolumeClaim'];

export const limitRangeStrategy: Strategy<LimitRange> = {
  default({ spec }) {
    for (const item of spec?.limits ?? []) {
      if (item.type !== 'Container') continue;
      item.default = { ...item.max, ...item.default };
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
      if (Object.keys(item.default).length === 0) delete item.default;
      if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
    }
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    for (const [at, item] of (spec?.limits ?? []).entries()) {
      const field = `spec.limits[${at}]`;
      if (!item.type) errors.push(requiredValue(`${field}.type`));
      else if (!item.type.includes('/')) errors.push(...oneOf(`${field}.type`, item.type, limitTypes));
      if (item.type === 'Pod') {
        for (const name of ['default', 'defaultRequest'] as const)
          if (item[name]) errors.push(forbiddenField(`${field}.${name}`, 'may not be specified when `type` is "Pod"'));
      }
      errors.push(...orderErrors(field, item));
    }
    return errors;
  },
};

type LimitItem = NonNullable<LimitRange['spec']>['limits'][number];

/** min ≤ defaultRequest ≤ default ≤ max, as far as they are given. */
function orderErrors(field: string, item: LimitItem): readonly FieldError[] {
  const errors: FieldError[] = [];
  const order = ['min', 'defaultRequest', 'default', 'max'] as const;
  const names = new Set(order.flatMap((bound) => Object.keys(item[bound] ?? {})));
  for (const name of names) {
    const given = order.filter((bound) => item[bound]?.[name] !== undefined);
    for (const [at, bound] of given.entries()) {
      const lower = given[at - 1];
      if (lower === undefined) continue;
      const [low, high] = [item[lower]?.[name] ?? '0', item[bound]?.[name] ?? '0'];
      if (compareQuantities(parseQuantity(low), parseQuantity(high)) > 0)
        errors.push(
          invalidValue(
            `${field}.${lower}[${name}]`,
            low,
            `${lower} value ${low} is greater than ${bound} value ${high}`,
          ),
        );
    }
  }
  return errors;
}

const scopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
];

export const resourceQuotaStrategy: Strategy<ResourceQuota> = {
  prepareForCreate(quota) {
    quota.status = {};
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    for (const [name, amount] of Object.entries(spec?.hard ?? {})) {
      if (parseQuantity(amount).nano < 0n)
        errors.push(invalidValue(`spec.hard[${name}]`, amount, 'must be greater than or equal to 0'));
    }
    for (const [at, scope] of (spec?.scopes ?? []).entries())
      errors.push(...oneOf(`spec.scopes[${at}]`, scope, scopes));
    return errors;
  },
};
