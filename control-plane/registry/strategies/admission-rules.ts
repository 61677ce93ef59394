import type { ValidatingAdmissionPolicy } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { oneOf, labelSelector } from './field-checks.ts';
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type MatchResources = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>;
/** Also that of a webhook. */
type Rule = Partial<NonNullable<MatchResources['resourceRules']>[number]>;

const everyOperation: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

export function defaultMatchResources(resources: MatchResources): void {
  resources.matchPolicy ??= 'Equivalent';
  resources.namespaceSelector ??= {};
  resources.objectSelector ??= {};
  for (const rule of [...(resources.resourceRules ?? []), ...(resources.excludeResourceRules ?? [])])
    rule.scope ??= '*';
}

/** What is wrong with the objects that a policy, or its binding, is about. */
export function matchResourcesErrors(resources: MatchResources, field: string): readonly FieldError[] {
  const { matchPolicy, namespaceSelector, objectSelector } = resources;
  const errors: FieldError[] = [...oneOf(`${field}.matchPolicy`, matchPolicy, ['Equivalent', 'Exact'])];
  if (namespaceSelector) errors.push(...labelSelector(`${field}.namespaceSelector`, namespaceSelector));
  if (objectSelector) errors.push(...labelSelector(`${field}.objectSelector`, objectSelector));
  for (const list of ['resourceRules', 'excludeResourceRules'] as const)
    for (const [at, rule] of (resources[list] ?? []).entries())
      errors.push(...admissionRuleErrors(rule, `${field}.${list}[${at}]`));
  return errors;
}

/** What is wrong with which requests a webhook or a policy is asked about. */
export function admissionRuleErrors(rule: Rule, field: string): readonly FieldError[] {
  const { resources = [], resourceNames = [] } = rule;
  const errors: FieldError[] = [
    ...partErrors(rule.operations, `${field}.operations`, 'operations'),
    ...partErrors(rule.apiGroups, `${field}.apiGroups`, 'API groups'),
    ...partErrors(rule.apiVersions, `${field}.apiVersions`, 'API versions'),
    ...(resources.length === 0 ? [requiredValue(`${field}.resources`)] : resourceErrors(resources, field)),
    ...oneOf(`${field}.scope`, rule.scope, scopes),
  ];
  for (const [at, operation] of (rule.operations ?? []).entries())
    if (!everyOperation.includes(operation))
      errors.push(unsupportedValue(`${field}.operations[${at}]`, operation, everyOperation));
  for (const [at, version] of (rule.apiVersions ?? []).entries())
    if (version === '') errors.push(requiredValue(`${field}.apiVersions[${at}]`));
  for (const [at, name] of resourceNames.entries())
    if (resourceNames.indexOf(name) !== at) errors.push(duplicateValue(`${field}.resourceNames[${at}]`, name));
  return errors;
}

function partErrors(given: readonly string[] | undefined, field: string, what: string): readonly FieldError[] {
  if (!given?.length) return [requiredValue(field)];
  return given.length > 1 && given.includes('*')
    ? [invalidValue(field, given, `if '*' is present, must not specify other ${what}`)]
    : [];
}

/** Resources and `resource/subresource`, each part of which may be a star: nothing is named that a star before it has named. */
function resourceErrors(resources: readonly string[], rule: string): readonly FieldError[] {
  const field = `${rule}.resources`;
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [at, name] of resources.entries()) {
    const [resource = '', subresource] = name.split('/', 2);
    if (name === '') errors.push(requiredValue(`${field}[${at}]`));
    const wider = subresource === undefined ? [] : [`${resource}/*`, `*/${subresource}`];
    for (const star of wider)
      if (seen.has(star) && star !== name)
        errors.push(invalidValue(`${field}[${at}]`, name, `if '${star}' is present, must not specify ${name}`));
    seen.add(name);
  }
  if (resources.length > 1 && seen.has('*/*'))
    errors.push(invalidValue(field, resources, "if '*/*' is present, must not specify other resources"));
  else if (seen.has('*') && resources.some((name) => name !== '*' && !name.includes('/')))
    errors.push(
      invalidValue(field, resources, "if '*' is present, must not specify other resources without subresources"),
    );
  return errors;
}
