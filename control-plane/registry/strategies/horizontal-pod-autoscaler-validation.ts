import { isPathSegment } from '../../../lib/kube/name-rules.ts';
import { parseQuantity } from '../../../lib/kube/quantity.ts';
import type { HorizontalPodAutoscaler } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { named, oneOf, positive } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Reference = Spec['scaleTargetRef'];
type Metric = NonNullable<Spec['metrics']>[number];
type Target = NonNullable<Metric['resource']>['target'];
type Amount = 'averageUtilization' | 'averageValue' | 'value';
/** What the sources of a metric have between them. */
interface Source {
  readonly name: string;
  readonly container: string;
  readonly describedObject: { readonly kind: string; readonly name: string };
  readonly metric: { readonly name: string };
  readonly target: Target;
}
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

type MetricType = keyof typeof sourceOf;

const usage = {
  anyOf: ['averageUtilization', 'averageValue'],
  missing: 'averageUtilization',
  detail: 'must set either a target raw value or a target utilization',
  surplus: { field: 'averageValue', detail: 'may not set both a target raw value and a target utilization' },
} as const;

interface Amounts {
  readonly anyOf: readonly Amount[];
  /** Where and what is said when there is none. */
  readonly missing: Amount;
  readonly detail: string;
  /** The same for when there are all of them, where there may be one only. */
  readonly surplus?: { readonly field: Amount; readonly detail: string };
}

/** What a target says, by the type of its metric. */
const amountOf: Readonly<Record<MetricType, Amounts>> = {
  ContainerResource: usage,
  External: {
    anyOf: ['averageValue', 'value'],
    missing: 'averageValue',
    detail: 'must set either a target value for metric or a per-pod target',
    surplus: { field: 'value', detail: 'may not set both a target value for metric and a per-pod target' },
  },
  Object: {
    anyOf: ['averageValue', 'value'],
    missing: 'averageValue',
    detail: 'must set either a target value or averageValue',
  },
  Pods: {
    anyOf: ['averageValue'],
    missing: 'averageValue',
    detail: 'must specify a positive target averageValue',
  },
  Resource: usage,
};

/** `old` is what an update would replace. */
export function validateAutoscalerSpec(spec: Partial<Spec>, old?: Partial<Spec>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas = 0, metrics = [] } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas === 0) errors.push(requiredValue('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 0)
    errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  errors.push(...validateTargetReference(spec.scaleTargetRef, old?.scaleTargetRef));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', detail));
  }
  for (const [index, metric] of metrics.entries()) errors.push(...validateMetric(metric, `spec.metrics[${index}]`));
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = spec.behavior?.[direction];
    if (rules) errors.push(...validateRules(rules, `spec.behavior.${direction}`));
  }
  return errors;
}

function validateTargetReference(target: Partial<Reference> = {}, old?: Partial<Reference>): readonly FieldError[] {
  const at = 'spec.scaleTargetRef';
  const errors = (['kind', 'name'] as const).flatMap((field) => named(`${at}.${field}`, target[field], isPathSegment));
  const { apiVersion = '', kind } = target;
  const slashes = apiVersion.split('/').length - 1;
  const hasGroup = slashes === 1 && !apiVersion.startsWith('/');
  // Of the core group only replication controllers can be scaled. What is there already may stay.
  const isFine = hasGroup || (slashes === 0 && kind === 'ReplicationController');
  if (isFine || (old && (old.apiVersion ?? '') === apiVersion)) return errors;
  const detail = slashes > 1 ? `unexpected GroupVersion string: ${apiVersion}` : 'apiVersion must specify API group';
  return [...errors, invalidValue(`${at}.apiVersion`, apiVersion, detail)];
}

function validateMetric(metric: Partial<Metric>, at: string): readonly FieldError[] {
  const { type = '' } = metric;
  if (!isMetricType(type)) {
    const unsupported = unsupportedValue(`${at}.type`, type, Object.keys(sourceOf));
    const missing = type === '' ? [requiredValue(`${at}.type`, 'must specify a metric source type')] : [];
    // Upstream says so for the type, and again for the member that would belong to it.
    return [...missing, unsupported, unsupported];
  }
  const errors: FieldError[] = [];
  const expected = sourceOf[type];
  for (const source of sources) {
    if (source !== expected && metric[source] !== undefined) {
      errors.push(forbiddenField(`${at}.${source}`, 'must populate the given metric source only for the metric type'));
    }
  }
  const source: Partial<Source> | undefined = metric[expected];
  if (!source)
    return [...errors, requiredValue(`${at}.${expected}`, 'must populate information for the given metric source')];
  const place = `${at}.${expected}`;
  if (type === 'ContainerResource' && !source.container)
    errors.push(requiredValue(`${place}.container`, 'must specify a container'));
  if (type === 'Object') {
    for (const field of ['kind', 'name'] as const)
      errors.push(...named(`${place}.describedObject.${field}`, source.describedObject?.[field], isPathSegment));
  }
  if (type === 'Resource' || type === 'ContainerResource') {
    if (!source.name) errors.push(requiredValue(`${place}.name`, 'must specify a resource name'));
  } else if (!source.metric?.name) errors.push(requiredValue(`${place}.metric.name`, 'must specify a metric name'));
  return [...errors, ...validateTarget(source.target ?? {}, type, `${place}.target`)];
}

function isMetricType(type: string): type is MetricType {
  return Object.hasOwn(sourceOf, type);
}

function validateTarget(target: Partial<Target>, metric: MetricType, at: string): readonly FieldError[] {
  const { type = '', averageUtilization, averageValue, value } = target;
  const errors: FieldError[] = [];
  if (type === '') errors.push(requiredValue(`${at}.type`, 'must specify a metric target type'));
  if (!['AverageValue', 'Utilization', 'Value'].includes(type))
    errors.push(invalidValue(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  errors.push(...positive(`${at}.averageUtilization`, averageUtilization));
  for (const [field, amount] of Object.entries({ averageValue, value })) {
    if (amount !== undefined && parseQuantity(amount).nano <= 0n) {
      errors.push(invalidValue(`${at}.${field}`, amount, 'must be positive'));
    }
  }
  const { anyOf, missing, detail, surplus } = amountOf[metric];
  if (anyOf.every((field) => target[field] === undefined)) errors.push(requiredValue(`${at}.${missing}`, detail));
  if (surplus && anyOf.every((field) => target[field] !== undefined))
    errors.push(forbiddenField(`${at}.${surplus.field}`, surplus.detail));
  return errors;
}

function validateRules(rules: Rules, at: string): readonly FieldError[] {
  const window = rules.stabilizationWindowSeconds;
  const errors: FieldError[] = [
    ...((window ?? 0) < 0
      ? [invalidValue(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero')]
      : []),
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
      ...oneOf(`${place}.type`, policy.type ?? '', ['Percent', 'Pods']),
      ...aboveZero(`${place}.value`, policy.value ?? 0),
      ...aboveZero(`${place}.periodSeconds`, policy.periodSeconds ?? 0),
    );
    if (policy.periodSeconds > MAX_PERIOD_SECONDS) {
      const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      errors.push(invalidValue(`${place}.periodSeconds`, policy.periodSeconds, detail));
    }
  }
  return errors;
}

function aboveZero(field: string, value: number): readonly FieldError[] {
  return value > 0 ? [] : [invalidValue(field, value, 'must be greater than zero')];
}
