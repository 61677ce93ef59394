import { duplicateValue, invalidValue, requiredValue, tooMany } from '../strategies/field-errors.ts';
import type { FieldError } from '../strategy.ts';
import { additionalSchema, ownProperty, type SchemaProps } from './schema-props.ts';

const MAX_FIELDS = 8;
const selectableTypes: readonly (string | undefined)[] = ['string', 'boolean', 'integer'];
const wrongType =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

/** What is wrong with the fields by which objects are selected: the schema has each of them, with one value. */
export function selectableFieldErrors(
  fields: readonly { readonly jsonPath?: string }[],
  schema: SchemaProps,
  field: string,
): readonly FieldError[] {
  const paths = fields.map(({ jsonPath }) => jsonPath);
  const errors = paths.flatMap((path, at) => {
    const place = `${field}[${at}].jsonPath`;
    if (!path) return [requiredValue(place)];
    const wrong = pathProblem(path, schema);
    return [
      ...(wrong === undefined ? [] : [invalidValue(place, path, wrong)]),
      ...(paths.indexOf(path) === at ? [] : [duplicateValue(place, path)]),
    ];
  });
  return fields.length > MAX_FIELDS ? [...errors, tooMany(field, fields.length, MAX_FIELDS)] : errors;
}

function pathProblem(path: string, schema: SchemaProps): string | undefined {
  if (!/^[.[]/.test(path)) return `is an invalid path: expected [ or . but got: ${path.split(/[.[]/, 1)[0]}`;
  if (path.includes('[')) return 'is an invalid path: array notation is not allowed';
  let found: SchemaProps | undefined = schema;
  for (const name of path.slice(1).split('.')) found = found && (ownProperty(found, name) ?? additionalSchema(found));
  if (!found) return 'is an invalid path: does not refer to a valid field';
  return selectableTypes.includes(found.type) ? undefined : wrongType;
}
