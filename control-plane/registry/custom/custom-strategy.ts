import type { ApiObject } from '../api-object.ts';
import type { ScalePaths } from '../definition.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { applyDefaults } from './default-values.ts';
import { hasRules, ruleErrors } from './rule-errors.ts';
import { scaleErrors } from './scale-errors.ts';
import { joinPath, ownProperty, type SchemaProps } from './schema-props.ts';
import { valueErrors } from './value-errors.ts';

type Warn = (text: string) => void;

export interface CustomStrategyOptions {
  readonly hasStatus: boolean;
  readonly scale?: Pick<ScalePaths, 'specReplicas' | 'statusReplicas'> | undefined;
}

/** What is particular to a custom kind: defaults, values and rules of the schema of its stored version. */
export function customStrategy(schema: SchemaProps, { hasStatus, scale }: CustomStrategyOptions): Strategy<ApiObject> {
  const withRules = (
    errors: readonly FieldError[],
    object: ApiObject,
    old: ApiObject | undefined,
    warn: Warn = () => {},
  ): readonly FieldError[] => {
    if (!hasRules(schema)) return errors;
    if (errors.some(({ reason }) => blocking.has(reason ?? ''))) return [...errors, notAllChecked];
    return [...errors, ...ruleErrors(schema, object, old, warn)];
  };
  return {
    default: (object) => applyDefaults(schema, object),
    prepareForCreate: (object) => {
      if (hasStatus) delete object['status'];
    },
    validate: (object, old, warn) => {
      const errors = [
        ...valueErrors(withoutOwnRequired(schema), bodyOf(object), '', old && bodyOf(old)),
        ...(scale ? scaleErrors(object, scale.specReplicas) : []),
      ];
      return withRules(errors, object, old, warn);
    },
    // Of the rest nothing has changed, so that it may be what is not allowed any more.
    validateStatusUpdate: (object, old, warn) => {
      const errors = [
        ...statusErrors(schema, object['status'], old['status']),
        ...(scale ? scaleErrors(object, scale.statusReplicas) : []),
      ];
      return withRules(errors, object, old, warn);
    },
  };
}

/** Rules are not asked about values that are not what they expect. */
const blocking: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const notAllChecked: FieldError = {
  reason: 'FieldValueInvalid',
  field: '<nil>',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/** Messages about a status name what is in it as if it stood alone. */
function statusErrors(schema: SchemaProps, status: unknown, old: unknown): readonly FieldError[] {
  const own = ownProperty(schema, 'status');
  if (!own || status === undefined) return [];
  return valueErrors(own, status, '', old).map((error) => {
    if (error.field === undefined || error.field === '<nil>') return error;
    return { ...error, field: joinPath('status', error.field) };
  });
}

function bodyOf({ apiVersion: _version, kind: _kind, ...body }: ApiObject): Readonly<Record<string, unknown>> {
  return body;
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
