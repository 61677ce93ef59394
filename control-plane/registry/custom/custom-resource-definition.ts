import { compileJsonPath, JsonPathError } from '../../../lib/kube/json-path.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import { immutableDetail, invalidValue, requiredValue, unsupportedValue } from '../strategies/field-errors.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import type { SchemaProps } from './schema-props.ts';
import { structuralErrors } from './structural-errors.ts';

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const MAX_VERSIONS = 100;

type WholeSpec = CustomResourceDefinition['spec'];
/** As clients send it: anything may be missing. */
type Spec = Partial<WholeSpec>;
type Names = Partial<WholeSpec['names']>;
type Version = Partial<WholeSpec['versions'][number]>;

export const customResourceDefinitionStrategy: Strategy<CustomResourceDefinition> = {
  default: (crd) => {
    const spec: Spec = (crd.spec ??= {} as WholeSpec);
    const names: Names = (spec.names ??= {} as WholeSpec['names']);
    if (names.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
  },
  prepareForCreate: (crd) => {
    delete crd.status;
    holdForObjects(crd);
  },
  prepareForUpdate: (crd, old) => {
    if (old.metadata?.deletionTimestamp === undefined) holdForObjects(crd);
  },
  validate: (crd) => [...nameErrors(crd), ...specErrors(crd.spec ?? {})],
  validateUpdate: (crd, old) => {
    const errors: FieldError[] = [];
    const spec: Spec = crd.spec ?? {};
    const before: Spec = old.spec ?? {};
    const keep = (field: string, now: unknown, was: unknown) => {
      if (now !== was) errors.push(invalidValue(field, now, immutableDetail));
    };
    keep('spec.group', spec.group, before.group);
    keep('spec.names.plural', spec.names?.plural, before.names?.plural);
    keep('spec.scope', spec.scope, before.scope);
    keep('spec.names.kind', spec.names?.kind, before.names?.kind);
    for (const stored of old.status?.storedVersions ?? []) {
      if (!spec.versions?.some((version) => version.name === stored))
        errors.push(invalidValue('status.storedVersions', stored, `must appear in spec.versions`));
    }
    return errors;
  },
};

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

function specErrors(spec: Spec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.group) errors.push(requiredValue('spec.group'));
  else {
    for (const message of isDns1123Subdomain(spec.group)) errors.push(invalidValue('spec.group', spec.group, message));
    if (!spec.group.includes('.'))
      errors.push(invalidValue('spec.group', spec.group, 'should be a domain with at least one dot'));
  }
  if (spec.scope !== 'Cluster' && spec.scope !== 'Namespaced')
    errors.push(
      spec.scope ? unsupportedValue('spec.scope', spec.scope, ['Cluster', 'Namespaced']) : requiredValue('spec.scope'),
    );
  errors.push(...nameSetErrors(spec.names ?? {}), ...conversionErrors(spec), ...versionErrors(spec.versions ?? []));
  return errors;
}

function nameSetErrors(names: Names): readonly FieldError[] {
  const errors: FieldError[] = [];
  const label = (field: string, value: string | undefined) => {
    if (!value) errors.push(requiredValue(`spec.names.${field}`));
    else
      for (const message of isDns1035Label(value.toLowerCase()))
        errors.push(invalidValue(`spec.names.${field}`, value, message));
  };
  label('plural', names.plural);
  label('singular', names.singular);
  label('kind', names.kind);
  label('listKind', names.listKind);
  if (names.kind !== undefined && names.kind === names.listKind)
    errors.push(invalidValue('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'));
  for (const [at, name] of (names.shortNames ?? []).entries())
    for (const message of isDns1035Label(name))
      errors.push(invalidValue(`spec.names.shortNames[${at}]`, name, message));
  for (const [at, name] of (names.categories ?? []).entries())
    for (const message of isDns1035Label(name))
      errors.push(invalidValue(`spec.names.categories[${at}]`, name, message));
  return errors;
}

function conversionErrors({ conversion }: Spec): readonly FieldError[] {
  if (conversion?.strategy === 'None') return [];
  return [unsupportedValue('spec.conversion.strategy', conversion?.strategy, ['None'])];
}

function versionErrors(versions: readonly Version[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (versions.length === 0) return [requiredValue('spec.versions', 'must have at least one version')];
  if (versions.length > MAX_VERSIONS)
    return [invalidValue('spec.versions', versions.length, `must have at most ${MAX_VERSIONS} versions`)];
  const storing = versions.filter((version) => version.storage);
  if (storing.length !== 1) {
    errors.push(
      invalidValue(
        'spec.versions',
        versions.map((version) => version.name),
        'must have exactly one version marked as storage version',
      ),
    );
  }
  if (new Set(versions.map((version) => version.name)).size !== versions.length)
    errors.push(
      invalidValue(
        'spec.versions',
        versions.map((version) => version.name),
        'must contain unique version names',
      ),
    );
  for (const [at, version] of versions.entries()) errors.push(...oneVersionErrors(version, `spec.versions[${at}]`));
  return errors;
}

function oneVersionErrors(version: Version, field: string): readonly FieldError[] {
  const errors: FieldError[] = isDns1035Label(version.name ?? '').map((message) =>
    invalidValue(`${field}.name`, version.name, message),
  );
  const schema = version.schema?.openAPIV3Schema as SchemaProps | undefined;
  if (!schema) errors.push(requiredValue(`${field}.schema.openAPIV3Schema`, 'schemas are required'));
  else errors.push(...structuralErrors(schema, `${field}.schema.openAPIV3Schema`));
  for (const [at, column] of (version.additionalPrinterColumns ?? []).entries()) {
    const path = `${field}.additionalPrinterColumns[${at}]`;
    if (!column.name) errors.push(requiredValue(`${path}.name`));
    if (!columnTypes.includes(column.type ?? ''))
      errors.push(unsupportedValue(`${path}.type`, column.type, columnTypes));
    errors.push(...jsonPathErrors(`${path}.jsonPath`, column.jsonPath));
  }
  for (const [at, { jsonPath }] of (version.selectableFields ?? []).entries())
    errors.push(...jsonPathErrors(`${field}.selectableFields[${at}].jsonPath`, jsonPath));
  const scale = version.subresources?.scale;
  if (scale) {
    const path = `${field}.subresources.scale`;
    errors.push(...scalePathErrors(`${path}.specReplicasPath`, scale.specReplicasPath, '.spec.'));
    errors.push(...scalePathErrors(`${path}.statusReplicasPath`, scale.statusReplicasPath, '.status.'));
    if (scale.labelSelectorPath) errors.push(...jsonPathErrors(`${path}.labelSelectorPath`, scale.labelSelectorPath));
  }
  return errors;
}

function scalePathErrors(field: string, path: string | undefined, root: string): readonly FieldError[] {
  if (!path) return [requiredValue(field)];
  if (!path.startsWith(root)) return [invalidValue(field, path, `should be a json path under ${root.slice(0, -1)}`)];
  return /^(\.[A-Za-z_][A-Za-z0-9_-]*)+$/.test(path) ? [] : [invalidValue(field, path, 'may not have array notation')];
}

function jsonPathErrors(field: string, path: string | undefined): readonly FieldError[] {
  if (!path) return [requiredValue(field)];
  if (!path.startsWith('.')) return [invalidValue(field, path, 'must be a simple json path starting with .')];
  try {
    compileJsonPath(path);
    return [];
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    return [invalidValue(field, path, error.message)];
  }
}
