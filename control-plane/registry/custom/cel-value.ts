import { durationIn } from './format-duration.ts';
import { CelError } from '../../../lib/cel/cel-error.ts';
import { compileCel } from '../../../lib/cel/environment.ts';
import { additionalSchema, isJsonObject, ownProperty, type SchemaProps } from './schema-props.ts';

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * A value as expressions see it: integers as `bigint`, dates and times as `Date`, durations as such, bytes as `Uint8Array`, maps as `Map`, and members of structures under names that
 * can be written in an expression. Source: "Validation rules" in the documentation of CustomResourceDefinitions.
 */
export function celValue(schema: SchemaProps, value: unknown): unknown {
  if (typeof value === 'number') return schema.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return textValue(schema, value);
  if (Array.isArray(value)) return value.map((item: unknown) => celValue(schema.items ?? {}, item));
  if (!isJsonObject(value)) return value;
  const additional = additionalSchema(schema);
  const isMap = additional !== undefined && schema.properties === undefined;
  if (isMap) return new Map(Object.entries(value).map(([name, member]) => [name, celValue(additional, member)]));
  const members = Object.entries(value).map(([name, member]): [string, unknown] => [
    celName(name),
    celValue(ownProperty(schema, name) ?? additional ?? {}, member),
  ]);
  return Object.fromEntries(members);
}

function textValue(schema: SchemaProps, value: string): unknown {
  switch (schema.format) {
    case 'date':
    case 'date-time': {
      const ms = Date.parse(value);
      return Number.isNaN(ms) ? value : new Date(ms);
    }
    case 'duration':
      return durationOf(value);
    case 'byte':
      return Uint8Array.from(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}

/** A text that is no duration stays one: it is refused for its format. */
function durationOf(value: string): unknown {
  const text = durationIn(value);
  if (text === undefined) return value;
  try {
    return compileCel('duration(text)', ['text']).evaluate({ text });
  } catch (error) {
    if (error instanceof CelError) return value;
    throw error;
  }
}

/** `my-field` → `my__dash__field`, `in` → `__in__`. */
function celName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
