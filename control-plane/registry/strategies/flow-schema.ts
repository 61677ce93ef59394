import { isDns1123Label, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { FlowSchema } from '../../../lib/kube/types.ts';
import { isEqualJson } from '../api-object.ts';
import { mandatoryFlowSchemas } from '../flow-control-defaults.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { namedConditionErrors } from './conditions.ts';
import { optionallyNamed } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type Spec = NonNullable<FlowSchema['spec']>;
type Rules = NonNullable<Spec['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];

const MAX_PRECEDENCE = 10_000;
const DEFAULT_PRECEDENCE = 1000;
const distinguishers: readonly string[] = ['ByNamespace', 'ByUser'];
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

export const flowSchemaStrategy: Strategy<FlowSchema> = {
  default(schema) {
    const given: Partial<Spec> = (schema.spec ??= {} as Spec);
    given.matchingPrecedence ||= DEFAULT_PRECEDENCE;
  },
  prepareForCreate(schema) {
    schema.status = {};
  },
  validateStatusUpdate: ({ status }) => namedConditionErrors(status?.conditions),
  validate({ metadata, spec, status }) {
    const name = metadata?.name ?? '';
    const errors = specErrors(spec, name);
    const fixed = mandatoryFlowSchemas.find((one) => one.metadata?.name === name);
    if (fixed && !isEqualJson(spec, fixed.spec))
      errors.push(invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`));
    return [...errors, ...conditionErrors(status)];
  },
};

/** Conditions have a type, and each type once. */
export function conditionErrors(
  status: { readonly conditions?: readonly { readonly type?: string }[] } | undefined,
): readonly FieldError[] {
  const seen = new Set<string>();
  return (status?.conditions ?? []).flatMap(({ type = '' }, at) => {
    const field = `status.conditions[${at}].type`;
    const isTwice = seen.has(type);
    seen.add(type);
    return [
      ...(isTwice ? [duplicateValue(field, type)] : []),
      ...(type === '' ? [requiredValue(field, 'must not be empty')] : []),
    ];
  });
}

function specErrors(spec: Partial<Spec> = {}, name: string): FieldError[] {
  const errors: FieldError[] = [];
  const { matchingPrecedence: precedence = 0, distinguisherMethod, priorityLevelConfiguration, rules } = spec;
  const at = 'spec.matchingPrecedence';
  if (precedence <= 0) errors.push(invalidValue(at, precedence, 'must be a positive value'));
  if (precedence > MAX_PRECEDENCE)
    errors.push(invalidValue(at, precedence, `must not be greater than ${MAX_PRECEDENCE}`));
  if (precedence === 1 && name !== 'exempt')
    errors.push(invalidValue(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  if (distinguisherMethod && !distinguishers.includes(distinguisherMethod.type))
    errors.push(
      unsupportedValue('spec.distinguisherMethod.type', { Type: distinguisherMethod.type ?? '' }, distinguishers),
    );
  const level = 'spec.priorityLevelConfiguration.name';
  if (priorityLevelConfiguration?.name)
    errors.push(...optionallyNamed(level, priorityLevelConfiguration.name, isDns1123Subdomain));
  else errors.push(requiredValue(level, 'must reference a priority level'));
  for (const [index, rule] of (rules ?? []).entries()) errors.push(...rulesErrors(rule, `spec.rules[${index}]`));
  return errors;
}

function rulesErrors(rules: Partial<Rules>, field: string): readonly FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rules;
  const errors: FieldError[] = [];
  if (subjects.length === 0)
    errors.push(requiredValue(`${field}.subjects`, 'subjects must contain at least one value'));
  for (const [at, subject] of subjects.entries()) errors.push(...subjectErrors(subject, `${field}.subjects[${at}]`));
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    errors.push(requiredValue(field, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  for (const [at, rule] of resourceRules.entries())
    errors.push(...resourceRuleErrors(rule, `${field}.resourceRules[${at}]`));
  for (const [at, rule] of nonResourceRules.entries()) {
    const place = `${field}.nonResourceRules[${at}]`;
    errors.push(...verbErrors(rule.verbs, `${place}.verbs`), ...urlErrors(rule.nonResourceURLs, place));
  }
  return errors;
}

const memberOf = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

function subjectErrors(subject: Subject, field: string): readonly FieldError[] {
  const { kind = '' } = subject as Partial<Subject>;
  if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount')
    return [unsupportedValue(`${field}.kind`, kind, ['Group', 'ServiceAccount', 'User'])];
  const own = memberOf[kind];
  const named = subject[own];
  const errors: FieldError[] = [];
  if (!named) errors.push(requiredValue(`${field}.${own}`, `${own} is required when subject kind is '${kind}'`));
  else if (!named.name) errors.push(requiredValue(`${field}.${own}.name`));
  if (kind === 'ServiceAccount' && subject.serviceAccount) {
    const { name, namespace } = subject.serviceAccount;
    if (name !== '*') errors.push(...optionallyNamed(`${field}.${own}.name`, name, isDns1123Subdomain));
    if (namespace) errors.push(...optionallyNamed(`${field}.${own}.namespace`, namespace, isDns1123Label));
    else errors.push(requiredValue(`${field}.${own}.namespace`, 'must specify namespace for service account'));
  }
  for (const [other, member] of Object.entries(memberOf)) {
    if (other !== kind && subject[member])
      errors.push(forbiddenField(`${field}.${member}`, `${member} is forbidden when subject kind is not '${other}'`));
  }
  return errors;
}

function resourceRuleErrors(rule: Partial<ResourceRule>, field: string): readonly FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope } = rule;
  const errors: FieldError[] = [...verbErrors(rule.verbs, `${field}.verbs`)];
  if (apiGroups.length === 0)
    errors.push(requiredValue(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  else errors.push(...starErrors(apiGroups, `${field}.apiGroups`, 'api groups'));
  if (resources.length === 0)
    errors.push(requiredValue(`${field}.resources`, 'resource rules must supply at least one resource'));
  else errors.push(...starErrors(resources, `${field}.resources`, 'resources'));
  const at = `${field}.namespaces`;
  if (namespaces.length === 0 && !clusterScope)
    errors.push(requiredValue(at, 'resource rules that are not cluster scoped must supply at least one namespace'));
  else if (namespaces.includes('*')) errors.push(...starErrors(namespaces, at, 'namespaces'));
  else {
    for (const [index, namespace] of namespaces.entries()) {
      for (const detail of isDns1123Label(namespace))
        errors.push(
          invalidValue(
            `${at}[${index}]`,
            namespace,
            `each member of this list must be '*' or a DNS-1123 label; ${detail}`,
          ),
        );
    }
  }
  return errors;
}

function verbErrors(given: readonly string[] = [], field: string): readonly FieldError[] {
  if (given.length === 0) return [requiredValue(field, 'verbs must contain at least one value')];
  if (given.includes('*')) return starErrors(given, field, 'verbs');
  return given.every((verb) => verbs.includes(verb)) ? [] : [unsupportedValue(field, given, verbs)];
}

function starErrors(given: readonly string[], field: string, what: string): readonly FieldError[] {
  return given.length > 1 && given.includes('*')
    ? [invalidValue(field, given, `if '*' is present, must not specify other ${what}`)]
    : [];
}

function urlErrors(urls: readonly string[] = [], place: string): readonly FieldError[] {
  const field = `${place}.nonResourceURLs`;
  if (urls.length === 0) return [requiredValue(field, 'nonResourceURLs must contain at least one value')];
  if (urls.includes('*')) return starErrors(urls, field, 'non-resource URLs');
  return urls.flatMap((url, at) => {
    const wrong = urlProblem(url);
    return wrong === undefined ? [] : [invalidValue(`${field}[${at}]`, url, wrong)];
  });
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const star = url.indexOf('*');
  return star >= 0 && (star !== url.length - 1 || !url.endsWith('/*'))
    ? 'wildcard can only do suffix matching'
    : undefined;
}
