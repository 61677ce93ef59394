import type { ApiObject } from '../api-object.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { applyDefaults } from './default-values.ts';
import { ruleErrors } from './rule-errors.ts';
import type { SchemaProps } from './schema-props.ts';
import { valueErrors } from './value-errors.ts';

/** What is particular to a custom kind: defaults, values and rules of the schema of its stored version. */
export function customStrategy(schema: SchemaProps, hasStatus: boolean): Strategy<ApiObject> {
  const errorsOf = (object: ApiObject, old?: ApiObject): readonly FieldError[] => {
    const { apiVersion: _version, kind: _kind, ...body } = object;
    const errors = valueErrors(withoutOwnRequired(schema), body);
    return errors.length > 0 ? errors : ruleErrors(schema, object, old);
  };
  return {
    default: (object) => applyDefaults(schema, object),
    prepareForCreate: (object) => {
      if (hasStatus) delete object['status'];
    },
    validate: errorsOf,
    validateStatusUpdate: errorsOf,
  };
}

const ownFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
const stripped = new WeakMap<SchemaProps, SchemaProps>();

/** What every object has is checked elsewhere. */
function withoutOwnRequired(schema: SchemaProps): SchemaProps {
  let own = stripped.get(schema);
  if (!own) {
    const required = schema.required?.filter((name) => !ownFields.has(name)) ?? [];
    stripped.set(schema, (own = { ...schema, required }));
  }
  return own;
}
