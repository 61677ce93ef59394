import { isDns1035Label, isDns1123Subdomain, isKindName } from '../../../lib/kube/name-rules.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import { follows, optionallyNamed } from '../strategies/field-checks.ts';
import { immutableDetail, invalidValue, requiredValue, unsupportedValue } from '../strategies/field-errors.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { conversionErrors } from './conversion/conversion-errors.ts';
import { versionErrors } from './version-errors.ts';

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

type WholeSpec = CustomResourceDefinition['spec'];
/** As clients send it: anything may be missing. */
type Spec = Partial<WholeSpec>;
type Names = Partial<WholeSpec['names']>;

export const customResourceDefinitionStrategy: Strategy<CustomResourceDefinition> = {
  default: (crd) => {
    const spec: Spec = (crd.spec ??= {} as WholeSpec);
    const names: Names = (spec.names ??= {} as WholeSpec['names']);
    if (names.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const stored = spec.versions?.find(({ storage }) => storage)?.name;
    const status = (crd.status ??= {});
    if (!status.storedVersions?.length && stored) status.storedVersions = [stored];
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate: (crd) => {
    const spec: Spec = crd.spec ?? {};
    const stored = (spec.versions ?? []).flatMap(({ name, storage }) => (storage ? [name] : []));
    crd.status = { acceptedNames: { plural: '', kind: '' }, conditions: [], storedVersions: [...new Set(stored)] };
    holdForObjects(crd);
  },
  prepareForUpdate: (crd, old) => {
    const stored = crd.spec?.versions?.find(({ storage }) => storage);
    const { storedVersions = [] } = crd.status ?? {};
    if (crd.status && stored && !storedVersions.includes(stored.name))
      crd.status.storedVersions = [...storedVersions, stored.name];
    if (old.metadata?.deletionTimestamp === undefined) holdForObjects(crd);
  },
  validate: (crd, old) => [
    ...(old ? [] : nameErrors(crd)),
    ...specErrors(crd.spec ?? {}, old?.spec),
    ...storedVersionErrors(crd.status?.storedVersions ?? [], crd.spec ?? {}),
  ],
  validateStatusUpdate: ({ status }) => nameFormErrors('status.acceptedNames', status?.acceptedNames ?? {}),
  validateUpdate: (crd, old) => {
    const errors: FieldError[] = [];
    const spec: Spec = crd.spec ?? {};
    const before: Spec = old.spec ?? {};
    const keep = (field: string, now = '', was = '') => {
      if (now !== was) errors.push(invalidValue(field, now, immutableDetail));
    };
    keep('spec.group', spec.group, before.group);
    keep('spec.names.plural', spec.names?.plural, before.names?.plural);
    if (old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) {
      keep('spec.scope', spec.scope, before.scope);
      keep('spec.names.kind', spec.names?.kind, before.names?.kind);
    }
    return errors;
  },
};

/** What is stored in a version stays readable as long as there may be some of it. */
function storedVersionErrors(stored: readonly string[], { versions = [] }: Spec): readonly FieldError[] {
  const at = 'status.storedVersions';
  if (stored.length === 0) return [invalidValue(at, undefined, 'must have at least one stored version')];
  const missing = new Map(stored.map((name, index) => [name, index]));
  const errors: FieldError[] = [];
  for (const { name, storage } of versions) {
    const isStored = missing.delete(name);
    if (storage && !isStored) errors.push(invalidValue(at, stored, `must have the storage version ${name}`));
  }
  for (const [name, index] of missing) {
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalidValue(`${at}[${index}]`, name, detail));
  }
  return errors;
}

function holdForObjects(crd: CustomResourceDefinition): void {
  const metadata = (crd.metadata ??= {});
  if (!metadata.finalizers?.includes(cleanupFinalizer))
    metadata.finalizers = [...(metadata.finalizers ?? []), cleanupFinalizer];
}

function nameErrors(crd: CustomResourceDefinition): readonly FieldError[] {
  const { metadata } = crd;
  const spec: Spec = crd.spec ?? {};
  const wanted = `${spec.names?.plural}.${spec.group}`;
  return metadata?.name === wanted
    ? []
    : [invalidValue('metadata.name', metadata?.name, 'must be spec.names.plural+"."+spec.group')];
}

function specErrors(spec: Spec, before: Spec | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.group) errors.push(requiredValue('spec.group'));
  else {
    const wrong = [...isDns1123Subdomain(spec.group)];
    if (wrong.length === 0 && !spec.group.includes('.')) wrong.push('should be a domain with at least one dot');
    errors.push(...wrong.map((detail) => invalidValue('spec.group', spec.group, detail)));
  }
  if (spec.preserveUnknownFields)
    errors.push(
      invalidValue(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  if (spec.scope !== 'Cluster' && spec.scope !== 'Namespaced')
    errors.push(
      spec.scope ? unsupportedValue('spec.scope', spec.scope, ['Cluster', 'Namespaced']) : requiredValue('spec.scope'),
    );
  errors.push(
    ...nameSetErrors(spec.names ?? {}),
    ...conversionErrors(spec.conversion),
    ...versionErrors(spec.versions, before?.versions ?? []),
  );
  return errors;
}

const nameParts = ['plural', 'singular', 'kind', 'listKind'] as const;

function nameSetErrors(names: Names): readonly FieldError[] {
  return [
    ...nameParts.flatMap((part) => (names[part] ? [] : [requiredValue(`spec.names.${part}`)])),
    ...nameFormErrors('spec.names', names),
  ];
}

/** What is wrong with names that are there. */
function nameFormErrors(at: string, names: Names): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const part of nameParts) {
    const field = `${at}.${part}`;
    const value = names[part];
    const isMixed = part === 'kind' || part === 'listKind';
    errors.push(...optionallyNamed(field, value, isMixed ? isKindName : isDns1035Label));
  }
  if (names.kind && names.kind === names.listKind)
    errors.push(invalidValue(`${at}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  for (const list of ['shortNames', 'categories'] as const)
    for (const [index, name] of (names[list] ?? []).entries())
      errors.push(...follows(`${at}.${list}[${index}]`, name, isDns1035Label));
  return errors;
}
