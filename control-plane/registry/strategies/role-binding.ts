import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain, isPathSegment } from '../../../lib/kube/name-rules.ts';
import type { ClusterRoleBinding, RoleBinding } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { named } from './field-checks.ts';
import { invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

type Binding = RoleBinding | ClusterRoleBinding;

export const roleBindingStrategy: Strategy<RoleBinding> = {
  nameErrors: isPathSegment,
  default: defaultBinding,
  validate: (binding) => validateBinding(binding, ['Role', 'ClusterRole'], true),
  validateUpdate: validateRoleKept,
};

export const clusterRoleBindingStrategy: Strategy<ClusterRoleBinding> = {
  nameErrors: isPathSegment,
  default: defaultBinding,
  validate: (binding) => validateBinding(binding, ['ClusterRole'], false),
  validateUpdate: validateRoleKept,
};

function defaultBinding(binding: Binding): void {
  const ref: Partial<Binding['roleRef']> = (binding.roleRef ??= {} as Binding['roleRef']);
  ref.apiGroup ||= RBAC_GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

function validateBinding(
  { roleRef, subjects = [] }: Binding,
  roleKinds: readonly string[],
  isNamespaced: boolean,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  // Objects that were not decoded from a request may lack what their type promises.
  const ref: Partial<typeof roleRef> = roleRef ?? {};
  const { apiGroup = '', kind = '', name = '' } = ref;
  if (apiGroup !== RBAC_GROUP) errors.push(unsupportedValue('roleRef.apiGroup', apiGroup, [RBAC_GROUP]));
  if (!roleKinds.includes(kind)) errors.push(unsupportedValue('roleRef.kind', kind, roleKinds));
  if (name === '') errors.push(requiredValue('roleRef.name'));
  else for (const detail of isPathSegment(name)) errors.push(invalidValue('roleRef.name', name, detail));
  for (const [index, subject] of subjects.entries())
    errors.push(...validateSubject(subject, `subjects[${index}]`, isNamespaced));
  return errors;
}

/** A binding of a namespace speaks of its own accounts when it names no namespace. */
function validateSubject(
  subject: Partial<NonNullable<Binding['subjects']>[number]>,
  at: string,
  isNamespaced: boolean,
): readonly FieldError[] {
  const errors: FieldError[] = subject.name ? [] : [requiredValue(`${at}.name`)];
  const group = subject.apiGroup ?? '';
  switch (subject.kind) {
    case 'ServiceAccount':
      if (subject.name) errors.push(...named(`${at}.name`, subject.name, isDns1123Subdomain));
      if (group !== '') errors.push(unsupportedValue(`${at}.apiGroup`, group, ['']));
      if (!isNamespaced && !subject.namespace) errors.push(requiredValue(`${at}.namespace`));
      break;
    case 'User':
    case 'Group':
      if (group !== RBAC_GROUP) errors.push(unsupportedValue(`${at}.apiGroup`, group, [RBAC_GROUP]));
      break;
    default:
      errors.push(unsupportedValue(`${at}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}

/** To point at another role, a binding is deleted and made anew, so that who made it was allowed to grant that role. */
function validateRoleKept(binding: Binding, old: Binding): readonly FieldError[] {
  return isDeepStrictEqual(binding.roleRef, old.roleRef)
    ? []
    : [invalidValue('roleRef', shownRole(binding.roleRef), 'cannot change roleRef')];
}

/** As the API shows it: by the names of its own fields, empty ones too. */
function shownRole({ apiGroup = '', kind = '', name = '' }: Partial<Binding['roleRef']>): unknown {
  return { APIGroup: apiGroup, Kind: kind, Name: name };
}
