import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { PodSpec, Toleration } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { conforming, labels, labelSelector, named, oneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type Affinity = NonNullable<PodSpec['affinity']>;
type NodeTerm = NonNullable<
  NonNullable<Affinity['nodeAffinity']>['preferredDuringSchedulingIgnoredDuringExecution']
>[number]['preference'];
type NodeField = NonNullable<NodeTerm['matchFields']>[number];
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

const notAnOperator = 'not a valid selector operator';

/** Everything in a pod spec that says where the pod may run. */
export function validateScheduling(spec: PodSpec, at: string): readonly FieldError[] {
  return [
    ...labels(`${at}.nodeSelector`, spec.nodeSelector),
    ...(spec.tolerations ?? []).flatMap((toleration, index) =>
      validateToleration(toleration, `${at}.tolerations[${index}]`),
    ),
    ...validateAffinity(spec.affinity ?? {}, `${at}.affinity`),
    ...validateSpread(spec, `${at}.topologySpreadConstraints`),
    ...validateGates(spec, at),
  ];
}

function validateGates({ schedulingGates: gates = [] }: PodSpec, at: string): readonly FieldError[] {
  return gates.flatMap(({ name }, index) => {
    const field = `${at}.schedulingGates[${index}]`;
    const isAgain = gates.slice(0, index).some((other) => other.name === name);
    return [...conforming(field, name, isQualifiedName), ...(isAgain ? [duplicateValue(field, name)] : [])];
  });
}

/** One toleration, of a pod or of a runtime class, at `at`. */
export function validateToleration(toleration: Toleration, at: string): readonly FieldError[] {
  const { key = '', value = '', effect, tolerationSeconds } = toleration;
  const operator = toleration.operator || 'Equal';
  const errors: FieldError[] = key === '' ? [] : [...named(`${at}.key`, key, isQualifiedName)];
  if (key === '' && operator !== 'Exists') {
    errors.push(
      invalidValue(
        `${at}.operator`,
        toleration.operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalidValue(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  if (operator === 'Exists') {
    if (value !== '')
      errors.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  } else if (operator === 'Equal') errors.push(...conforming(`${at}.operator`, value, isLabelValue));
  else errors.push(unsupportedValue(`${at}.operator`, operator, ['Equal', 'Exists']));
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
    errors.push(
      ...validateWeight(`${one}.weight`, weight),
      ...validateNodeTerm(preference, `${one}.preference`, 'wish'),
    );
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

/** A wish may be for labels that no node can have. */
function validateNodeTerm(
  term: NodeTerm | undefined,
  at: string,
  force: 'wish' | 'demand' = 'demand',
): readonly FieldError[] {
  const expressions = (term?.matchExpressions ?? []).flatMap(({ key, operator, values = [] }, index) => {
    const place = `${at}.matchExpressions[${index}]`;
    const errors: FieldError[] = [...conforming(`${place}.key`, key, isQualifiedName)];
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
        errors.push(invalidValue(`${place}.operator`, operator ?? '', notAnOperator));
    }
    if (force === 'wish') return errors;
    for (const [at, value] of values.entries())
      errors.push(...conforming(`${place}.values[${at}]`, value, isLabelValue));
    return errors;
  });
  const fields = (term?.matchFields ?? []).flatMap((field, index) =>
    validateNodeField(field, `${at}.matchFields[${index}]`),
  );
  return [...expressions, ...fields];
}

/** Of the fields of a node only the name can be asked for. */
function validateNodeField({ key, operator, values = [] }: NodeField, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn')
    errors.push(invalidValue(`${at}.operator`, operator ?? '', notAnOperator));
  else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(requiredValue(`${at}.values`, detail));
  }
  if (key !== 'metadata.name')
    return [...errors, invalidValue(`${at}.key`, key ?? '', 'not a valid field selector key')];
  for (const [index, name] of values.entries())
    errors.push(...conforming(`${at}.values[${index}]`, name, isDns1123Subdomain));
  return errors;
}

function validatePodTerm(term: PodTerm | undefined, at: string): readonly FieldError[] {
  return [
    ...(term?.labelSelector ? labelSelector(`${at}.labelSelector`, term.labelSelector) : []),
    ...(term?.namespaceSelector ? labelSelector(`${at}.namespaceSelector`, term.namespaceSelector) : []),
    ...(term?.namespaces ?? []).flatMap((name) => conforming(`${at}.namespace`, name, isDns1123Label)),
    ...(term?.topologyKey ? [] : [requiredValue(`${at}.topologyKey`, 'can not be empty')]),
    ...conforming(`${at}.topologyKey`, term?.topologyKey, isQualifiedName),
    ...validateLabelKeys(term?.matchLabelKeys, Boolean(term?.labelSelector), `${at}.matchLabelKeys`),
    ...validateLabelKeys(term?.mismatchLabelKeys, Boolean(term?.labelSelector), `${at}.mismatchLabelKeys`),
    ...(term?.matchLabelKeys ?? []).flatMap((key, index) =>
      term?.mismatchLabelKeys?.includes(key)
        ? [invalidValue(`${at}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')]
        : [],
    ),
  ];
}

/** Keys whose values the pod itself has, which narrow a selector that is there. */
function validateLabelKeys(keys: readonly string[] = [], hasSelector: boolean, at: string): readonly FieldError[] {
  const errors: FieldError[] = keys.flatMap((key, index) => conforming(`${at}[${index}]`, key, isQualifiedName));
  return keys.length === 0 || hasSelector
    ? errors
    : [...errors, forbiddenField(at, 'must not be specified when labelSelector is not set')];
}

function validateSpread(spec: PodSpec, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const pairs = (spec.topologySpreadConstraints ?? []).map(
    ({ topologyKey, whenUnsatisfiable }) => `{${topologyKey}, ${whenUnsatisfiable}}`,
  );
  for (const [index, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    const place = `${at}[${index}]`;
    const { topologyKey, minDomains } = constraint;
    // What a field must have may be missing all the same.
    const maxSkew = constraint.maxSkew ?? 0;
    const whenUnsatisfiable = constraint.whenUnsatisfiable ?? '';
    if (maxSkew <= 0) errors.push(invalidValue(`${place}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (!topologyKey) errors.push(requiredValue(`${place}.topologyKey`, 'can not be empty'));
    errors.push(
      ...oneOf(`${place}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
      ...validateMinDomains(minDomains, whenUnsatisfiable, place),
      ...oneOf(`${place}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Honor', 'Ignore']),
      ...oneOf(`${place}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Honor', 'Ignore']),
      ...validateLabelKeys(constraint.matchLabelKeys, Boolean(constraint.labelSelector), `${place}.matchLabelKeys`),
    );
    // One that comes again later is the one that is named.
    const pair = pairs[index] ?? '';
    if (pairs.indexOf(pair, index + 1) >= 0)
      errors.push(duplicateValue(`${place}.{topologyKey, whenUnsatisfiable}`, pair));
    if (constraint.labelSelector) errors.push(...labelSelector(`${place}.labelSelector`, constraint.labelSelector));
  }
  return errors;
}

function validateMinDomains(count: number | undefined, whenUnsatisfiable: string, at: string): readonly FieldError[] {
  if (count === undefined) return [];
  if (count <= 0) return [invalidValue(`${at}.minDomains`, count, 'must be greater than zero')];
  if (whenUnsatisfiable === 'DoNotSchedule') return [];
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  return [invalidValue(`${at}.minDomains`, count, detail)];
}
