import type { LimitRange, PodDisruptionBudget, ResourceQuota } from '../../../lib/kube/types.ts';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import { compareQuantities, milliValue, parseQuantity } from '../../../lib/kube/quantity.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { conditionErrors } from './conditions.ts';
import { countsInStatus } from './counts-in-status.ts';
import { countOrPercent, labelSelector, oneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

export const podDisruptionBudgetStrategy: Strategy<PodDisruptionBudget> = {
  prepareForCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate({ spec }) {
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec ?? {};
    const errors: FieldError[] = [
      ...countOrPercent('spec.minAvailable', minAvailable),
      ...countOrPercent('spec.maxUnavailable', maxUnavailable),
      ...oneOf('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']),
    ];
    if (minAvailable !== undefined && maxUnavailable !== undefined)
      errors.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
    if (selector) errors.push(...labelSelector('spec.selector', selector));
    return errors;
  },
  validateStatusUpdate: ({ status }) => [
    ...conditionErrors(status?.conditions),
    ...countsInStatus(status, ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods']),
  ],
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
    const seen = new Set<string>();
    for (const [at, item] of (spec?.limits ?? []).entries()) {
      const field = `spec.limits[${at}]`;
      const type = item.type ?? '';
      errors.push(...limitTypeErrors(`${field}.type`, type));
      if (seen.has(type)) errors.push(duplicateValue(`${field}.type`, type));
      seen.add(type);
      if (item.type === 'Pod') {
        for (const name of ['default', 'defaultRequest'] as const)
          if (item[name]) errors.push(forbiddenField(`${field}.${name}`, 'may not be specified when `type` is "Pod"'));
      }
      errors.push(...orderErrors(field, item));
    }
    return errors;
  },
};

function limitTypeErrors(field: string, type: string): readonly FieldError[] {
  const errors = isQualifiedName(type).map((detail) => invalidValue(field, type, detail));
  if (errors.length > 0 || type.includes('/') || limitTypes.includes(type)) return errors;
  return [invalidValue(field, type, 'must be a standard limit type or fully qualified')];
}

type LimitItem = NonNullable<LimitRange['spec']>['limits'][number];

type Bound = 'min' | 'defaultRequest' | 'default' | 'max';

/** What may not be more than what, the field that is told, and the value that is shown with it: those of upstream. */
const order: readonly {
  readonly low: readonly [Bound, string];
  readonly high: readonly [Bound, string];
  readonly field: Bound;
  readonly shown: Bound;
}[] = [
  { low: ['min', 'min'], high: ['max', 'max'], field: 'min', shown: 'min' },
  {
    low: ['min', 'min'],
    high: ['defaultRequest', 'default request'],
    field: 'defaultRequest',
    shown: 'defaultRequest',
  },
  {
    low: ['defaultRequest', 'default request'],
    high: ['max', 'max'],
    field: 'defaultRequest',
    shown: 'defaultRequest',
  },
  {
    low: ['defaultRequest', 'default request'],
    high: ['default', 'default limit'],
    field: 'defaultRequest',
    shown: 'defaultRequest',
  },
  { low: ['min', 'min'], high: ['default', 'default'], field: 'default', shown: 'min' },
  { low: ['default', 'default'], high: ['max', 'max'], field: 'default', shown: 'max' },
];

/** min ≤ defaultRequest ≤ default ≤ max, and the ratio between 1 and max/min, as far as they are given. */
function orderErrors(field: string, item: LimitItem): readonly FieldError[] {
  const bounds = [item.min, item.defaultRequest, item.default, item.max, item.maxLimitRequestRatio];
  const names = new Set(bounds.flatMap((bound) => Object.keys(bound ?? {})));
  return [...names].flatMap((name) => [
    ...order.flatMap(({ low: [lowBound, lowWord], high: [highBound, highWord], field: told, shown }) => {
      const [low, high] = [item[lowBound]?.[name], item[highBound]?.[name]];
      if (low === undefined || high === undefined || compareQuantities(parseQuantity(low), parseQuantity(high)) <= 0)
        return [];
      const detail = `${lowWord} value ${low} is greater than ${highWord} value ${high}`;
      return [invalidValue(`${field}.${told}[${name}]`, item[shown]?.[name], detail)];
    }),
    ...ratioErrors(`${field}.maxLimitRequestRatio[${name}]`, item, name),
  ]);
}

function ratioErrors(
  field: string,
  { min, max, maxLimitRequestRatio }: LimitItem,
  name: string,
): readonly FieldError[] {
  const ratio = maxLimitRequestRatio?.[name];
  if (ratio === undefined) return [];
  const errors: FieldError[] = [];
  if (milliValue(ratio) < 1000) errors.push(invalidValue(field, ratio, `ratio ${ratio} is less than 1`));
  const [low, high] = [min?.[name], max?.[name]];
  if (low === undefined || high === undefined) return errors;
  const most = milliValue(high) / milliValue(low);
  if (milliValue(ratio) / 1000 > most)
    errors.push(invalidValue(field, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`));
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

/** Scopes that a pod is in or not. */
const valuelessScopes: ReadonlySet<string> = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
]);

const existsDetail =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

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
    for (const scope of spec?.scopes ?? [])
      if (!scopes.includes(scope)) errors.push(invalidValue('spec.scopes', spec?.scopes, 'unsupported scope'));
    for (const requirement of spec?.scopeSelector?.matchExpressions ?? []) errors.push(...scopeErrors(requirement));
    return errors;
  },
};

type ScopeRequirement = NonNullable<
  NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']
>[number];

function scopeErrors({ scopeName = '', operator = '', values = [] }: Partial<ScopeRequirement>): readonly FieldError[] {
  const at = 'spec.scopeSelector.matchExpressions';
  const errors: FieldError[] = [];
  if (!scopes.includes(scopeName)) errors.push(invalidValue(`${at}.scopeName`, scopeName, 'unsupported scope'));
  if (valuelessScopes.has(scopeName) && operator !== 'Exists')
    errors.push(invalidValue(`${at}.operator`, operator, existsDetail));
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) errors.push(requiredValue(`${at}.values`, detail));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) errors.push(invalidValue(`${at}.values`, values, detail));
  } else errors.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  return errors;
}
