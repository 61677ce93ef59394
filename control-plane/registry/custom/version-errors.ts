import { compileJsonPath, JsonPathError } from '../../../lib/kube/json-path.ts';
import { isDns1035Label } from '../../../lib/kube/name-rules.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import { invalidValue, requiredValue } from '../strategies/field-errors.ts';
import { isEqualJson } from '../api-object.ts';
import type { FieldError } from '../strategy.ts';
import { costErrors } from './cost/cost-errors.ts';
import type { SchemaProps } from './schema-props.ts';
import { selectableFieldErrors } from './selectable-field-errors.ts';
import { structuralErrors } from './structural-errors.ts';

/** As clients send it: anything may be missing. */
export type Version = Partial<CustomResourceDefinition['spec']['versions'][number]>;
type Scale = NonNullable<NonNullable<Version['subresources']>['scale']>;
type Column = NonNullable<Version['additionalPrinterColumns']>[number];

const parts = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;
type Part = (typeof parts)[number];

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_VERSIONS = 100;
const noSchema = 'may only be set when validations.schema is included';
const foreignSchema = 'may only be set when `version.schema.openAPIV3Schema` is not included';

/** What is wrong with the versions of a definition. What all versions say alike, upstream holds, and names, as a part of the specification. */
export function versionErrors(
  versions: readonly Version[] | undefined,
  before: readonly Version[],
): readonly FieldError[] {
  const given = versions ?? [];
  if (given.length > MAX_VERSIONS)
    return [invalidValue('spec.versions', given.length, `must have at most ${MAX_VERSIONS} versions`)];
  const shared = new Set(parts.filter((part) => given.every((one) => isEqualJson(one[part], given[0]?.[part]))));
  const errors: FieldError[] = [];
  const wrong = (detail: string) =>
    errors.push(invalidValue('spec.versions', versions && given.map((one) => shown(one, shared)), detail));
  if (given.filter(({ storage }) => storage).length !== 1)
    wrong('must have exactly one version marked as storage version');
  if (new Set(given.map(({ name }) => name)).size !== given.length) wrong('must contain unique version names');
  const [first] = given;
  if (first?.name) errors.push(...labelErrors('spec.version', first.name));
  for (const [at, version] of given.entries()) {
    const field = `spec.versions[${at}]`;
    errors.push(...labelErrors(`${field}.name`, version.name ?? ''));
    if (!version.schema?.openAPIV3Schema) errors.push(requiredValue(`${field}.schema.openAPIV3Schema`));
    const old = before.find(({ name }) => name === version.name);
    for (const part of parts)
      if (!shared.has(part)) errors.push(...partErrors[part](version, field, old));
      else if (at === 0) errors.push(...partErrors[part](version, 'spec', old));
    if (version.selectableFields?.length && !shared.has('selectableFields') && shared.has('schema'))
      errors.push(invalidValue(`${field}.selectableFields`, '', foreignSchema));
  }
  return errors;
}

function labelErrors(field: string, name: string): readonly FieldError[] {
  return isDns1035Label(name).map((detail) => invalidValue(field, name, detail));
}

/** By the names that it has inside of upstream's server; what versions share is not there. */
function shown(version: Version, shared: ReadonlySet<Part>): unknown {
  const own = (part: Part) => (shared.has(part) ? null : (version[part] ?? null));
  return {
    Name: version.name ?? '',
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: own('schema'),
    Subresources: own('subresources'),
    AdditionalPrinterColumns: own('additionalPrinterColumns'),
    SelectableFields: own('selectableFields'),
  };
}

const partErrors: Readonly<
  Record<Part, (version: Version, field: string, old: Version | undefined) => readonly FieldError[]>
> = {
  schema(version, field, old) {
    const schema = schemaOf(version);
    if (!schema) return [];
    const place = `${field === 'spec' ? 'spec.validation' : `${field}.schema`}.openAPIV3Schema`;
    const errors = structuralErrors(schema, place);
    const { type } = schema;
    if (version.subresources?.status && type && type !== 'object')
      errors.push(
        invalidValue(
          `${place}.type`,
          type,
          'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
        ),
      );
    // What was let in once may stay.
    const isNew = !isEqualJson(schema, old && schemaOf(old));
    return isNew && errors.length === 0 ? costErrors(schema, place) : errors;
  },
  subresources: ({ subresources }, field) =>
    subresources?.scale ? scaleErrors(subresources.scale, `${field}.subresources.scale`) : [],
  additionalPrinterColumns: ({ additionalPrinterColumns }, field) =>
    (additionalPrinterColumns ?? []).flatMap((column, at) =>
      columnErrors(column, `${field}.additionalPrinterColumns[${at}]`),
    ),
  selectableFields(version, field) {
    const { selectableFields = [] } = version;
    const schema = schemaOf(version);
    if (schema) return selectableFieldErrors(selectableFields, schema, `${field}.selectableFields`);
    return selectableFields.length > 0 ? [invalidValue(`${field}.selectableFields`, '', noSchema)] : [];
  },
};

function schemaOf(version: Version): SchemaProps | undefined {
  return version.schema?.openAPIV3Schema;
}

function columnErrors({ name, type, format, jsonPath }: Partial<Column>, field: string): readonly FieldError[] {
  const types = `must be one of ${columnTypes.join(',')}`;
  const errors: FieldError[] = [];
  if (!name) errors.push(requiredValue(`${field}.name`));
  if (!type) errors.push(requiredValue(`${field}.type`, types));
  else if (!columnTypes.includes(type)) errors.push(invalidValue(`${field}.type`, type, types));
  if (format && !columnFormats.includes(format))
    errors.push(invalidValue(`${field}.format`, format, `must be one of ${columnFormats.join(',')}`));
  return [...errors, ...jsonPathErrors(`${field}.JSONPath`, jsonPath)];
}

function scaleErrors(scale: Partial<Scale>, field: string): readonly FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return [
    ...scalePathErrors(`${field}.specReplicasPath`, specReplicasPath, ['.spec']),
    ...scalePathErrors(`${field}.statusReplicasPath`, statusReplicasPath, ['.status']),
    ...(labelSelectorPath
      ? scalePathErrors(`${field}.labelSelectorPath`, labelSelectorPath, ['.spec', '.status'])
      : []),
  ];
}

function scalePathErrors(field: string, path: string | undefined, roots: readonly string[]): readonly FieldError[] {
  if (!path) return [requiredValue(field)];
  if (!path.startsWith('.')) return [invalidValue(field, path, notSimple)];
  if (roots.some((root) => path.startsWith(`${root}.`))) return [];
  const [only = ''] = roots;
  const under = roots.length === 1 ? only : `either ${roots.join(' or ')}`;
  return [invalidValue(field, path, `should be a json path under ${under}`)];
}

const notSimple = 'must be a simple json path starting with .';

function jsonPathErrors(field: string, path: string | undefined): readonly FieldError[] {
  if (!path) return [requiredValue(field)];
  if (!path.startsWith('.')) return [invalidValue(field, path, notSimple)];
  try {
    compileJsonPath(path);
    return [];
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    return [invalidValue(field, path, error.message)];
  }
}
