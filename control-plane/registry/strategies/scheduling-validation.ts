import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { PodSpec, Toleration } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { labels, labelSelector, named, oneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

type Affinity = NonNullable<PodSpec['affinity']>;
type NodeTerm = NonNullable<
  NonNullable<Affinity['nodeAffinity']>['preferredDuringSchedulingIgnoredDuringExecution']
>[number]['preference'];
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

/** Everything in a pod spec that says where the pod may run. */
export function validateScheduling(spec: PodSpec, at: string): readonly FieldError[] {
  return [
    ...labels(`${at}.nodeSelector`, spec.nodeSelector),
    ...(spec.tolerations ?? []).flatMap((toleration, index) =>
      validateToleration(toleration, `${at}.tolerations[${index}]`),
    ),
    ...validateAffinity(spec.affinity ?? {}, `${at}.affinity`),
    ...validateSpread(spec, `${at}.topologySpreadConstraints`),
    ...(spec.schedulingGates ?? []).flatMap((gate, index) =>
      named(`${at}.schedulingGates[${index}].name`, gate.name, isQualifiedName),
    ),
  ];
}

function validateToleration(toleration: Toleration, at: string): readonly FieldError[] {
  const { key = '', value = '', effect, tolerationSeconds } = toleration;
  const operator = toleration.operator || 'Equal';
  const errors: FieldError[] = key === '' ? [] : [...named(`${at}.key`, key, isQualifiedName)];
  if (key === '' && operator !== 'Exists') {
    errors.push(
      invalidValue(
        `${at}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalidValue(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  if (operator === 'Exists' && value !== '') {
    errors.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  }
  errors.push(...oneOf(`${at}.operator`, operator, ['Equal', 'Exists']));
  if (effect) errors.push(...oneOf(`${at}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
  return errors;
}

function validateAffinity(affinity: Affinity, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const required = affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const place = `${at}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  if (required) errors.push(...validateNodeTerms(required.nodeSelectorTerms ?? [], place));
  const preferred = affinity.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [index, { weight, preference }] of preferred.entries()) {
    const one = `${at}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...validateWeight(`${one}.weight`, weight), ...validateNodeTerm(preference, `${one}.preference`));
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    for (const [index, term] of (affinity[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      errors.push(...validatePodTerm(term, `${at}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`));
    }
    const soft = affinity[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [index, { weight, podAffinityTerm }] of soft.entries()) {
      const one = `${at}.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      errors.push(
        ...validateWeight(`${one}.weight`, weight),
        ...validatePodTerm(podAffinityTerm, `${one}.podAffinityTerm`),
      );
    }
  }
  return errors;
}

function validateWeight(field: string, value: number | undefined): readonly FieldError[] {
  const weight = value ?? 0;
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(field, weight, 'must be in the range 1-100')];
}

/** The alternatives of a node selector, of which there must be one at least. */
export function validateNodeTerms(terms: readonly NodeTerm[], at: string): readonly FieldError[] {
  if (terms.length === 0) return [requiredValue(at, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateNodeTerm(term, `${at}[${index}]`));
}

function validateNodeTerm(term: NodeTerm | undefined, at: string): readonly FieldError[] {
  return (term?.matchExpressions ?? []).flatMap(({ key, operator, values = [] }, index) => {
    const place = `${at}.matchExpressions[${index}]`;
    const errors: FieldError[] = [...named(`${place}.key`, key, isQualifiedName)];
    switch (operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) {
          errors.push(requiredValue(`${place}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        }
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) {
          errors.push(
            forbiddenField(`${place}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          );
        }
        break;
      case 'Gt':
      case 'Lt':
        if (values.length !== 1) {
          errors.push(
            requiredValue(`${place}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
          );
        }
        break;
      default:
        errors.push(invalidValue(`${place}.operator`, operator, 'not a valid selector operator'));
    }
    return errors;
  });
}

function validatePodTerm(term: PodTerm | undefined, at: string): readonly FieldError[] {
  return [
    ...(term?.labelSelector ? labelSelector(`${at}.labelSelector`, term.labelSelector) : []),
    ...(term?.topologyKey
      ? named(`${at}.topologyKey`, term.topologyKey, isQualifiedName)
      : [requiredValue(`${at}.topologyKey`, 'can not be empty')]),
  ];
}

function validateSpread(spec: PodSpec, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    const place = `${at}[${index}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable } = constraint;
    if (maxSkew <= 0) errors.push(invalidValue(`${place}.maxSkew`, maxSkew, 'must be greater than zero'));
    errors.push(
      ...(topologyKey
        ? named(`${place}.topologyKey`, topologyKey, isQualifiedName)
        : [requiredValue(`${place}.topologyKey`, 'can not be empty')]),
      ...oneOf(`${place}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
    );
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) errors.push(duplicateValue(`${place}.{topologyKey, whenUnsatisfiable}`, pair));
    seen.add(pair);
    if (constraint.labelSelector) errors.push(...labelSelector(`${place}.labelSelector`, constraint.labelSelector));
  }
  return errors;
}
