import { isPathSegment } from '../../../lib/kube/name-rules.ts';
import { parseQuantity } from '../../../lib/kube/quantity.ts';
import type { HorizontalPodAutoscaler } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { nonNegative, oneOf, positive, requiredOneOf } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Metric = NonNullable<Spec['metrics']>[number];
type Target = NonNullable<Metric['resource']>['target'];
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>;

const MAX_WINDOW_SECONDS = 3_600;
const MAX_PERIOD_SECONDS = 1_800;

/** The member of a metric that its `type` says is filled in. */
const sourceOf = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

const sources = Object.values(sourceOf);

export function validateAutoscalerSpec(spec: Spec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { minReplicas } = spec;
  const maxReplicas = spec.maxReplicas ?? 0;
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  for (const field of ['kind', 'name'] as const) {
    const at = `spec.scaleTargetRef.${field}`;
    const value = spec.scaleTargetRef?.[field];
    if (!value) errors.push(requiredValue(at));
    else errors.push(...isPathSegment(value).map((detail) => invalidValue(at, value, detail)));
  }
  for (const [index, metric] of (spec.metrics ?? []).entries()) {
    errors.push(...validateMetric(metric, `spec.metrics[${index}]`));
  }
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = spec.behavior?.[direction];
    if (rules) errors.push(...validateRules(rules, `spec.behavior.${direction}`));
  }
  return errors;
}

function validateMetric(metric: Metric, at: string): readonly FieldError[] {
  const types = Object.keys(sourceOf);
  const errors: FieldError[] = [...requiredOneOf(`${at}.type`, metric.type, types)];
  if (errors.length > 0) return errors;
  const expected = sourceOf[metric.type as keyof typeof sourceOf];
  for (const source of sources) {
    if (source !== expected && metric[source] !== undefined) {
      errors.push(forbiddenField(`${at}.${source}`, 'must populate the given metric source only for the metric type'));
    }
  }
  const source = metric[expected];
  if (!source)
    return [...errors, requiredValue(`${at}.${expected}`, 'must populate information for the given metric source')];
  if ('metric' in source) {
    if (!source.metric?.name) errors.push(requiredValue(`${at}.${expected}.metric.name`, 'must specify a metric name'));
  } else if ('name' in source && !source.name) {
    errors.push(requiredValue(`${at}.${expected}.name`, 'must specify a resource name'));
  }
  return [...errors, ...validateTarget(source.target, `${at}.${expected}.target`)];
}

function validateTarget(target: Target | undefined, at: string): readonly FieldError[] {
  if (!target) return [requiredValue(`${at}.type`, 'must specify a metric target type')];
  const errors: FieldError[] = [...requiredOneOf(`${at}.type`, target.type, ['AverageValue', 'Utilization', 'Value'])];
  const { averageUtilization, averageValue, value } = target;
  errors.push(...positive(`${at}.averageUtilization`, averageUtilization));
  for (const [field, amount] of Object.entries({ averageValue, value })) {
    if (amount !== undefined && parseQuantity(amount).nano <= 0n) {
      errors.push(invalidValue(`${at}.${field}`, amount, 'must be positive'));
    }
  }
  if (averageUtilization === undefined && averageValue === undefined && value === undefined) {
    errors.push(requiredValue(at, 'must set either a target raw value or a target utilization'));
  }
  return errors;
}

function validateRules(rules: Rules, at: string): readonly FieldError[] {
  const window = rules.stabilizationWindowSeconds;
  const errors: FieldError[] = [
    ...nonNegative(`${at}.stabilizationWindowSeconds`, window),
    ...oneOf(`${at}.selectPolicy`, rules.selectPolicy, ['Disabled', 'Max', 'Min']),
  ];
  if (window !== undefined && window > MAX_WINDOW_SECONDS) {
    const detail = `must be less than or equal to ${MAX_WINDOW_SECONDS}`;
    errors.push(invalidValue(`${at}.stabilizationWindowSeconds`, window, detail));
  }
  if ((rules.policies ?? []).length === 0)
    errors.push(requiredValue(`${at}.policies`, 'must specify at least one Policy'));
  for (const [index, policy] of (rules.policies ?? []).entries()) {
    const place = `${at}.policies[${index}]`;
    errors.push(
      ...requiredOneOf(`${place}.type`, policy.type, ['Percent', 'Pods']),
      ...positive(`${place}.value`, policy.value),
      ...positive(`${place}.periodSeconds`, policy.periodSeconds),
    );
    if (policy.periodSeconds > MAX_PERIOD_SECONDS) {
      const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      errors.push(invalidValue(`${place}.periodSeconds`, policy.periodSeconds, detail));
    }
  }
  return errors;
}
