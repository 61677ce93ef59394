import { schemaTables } from '../../../lib/kube/schema-tables.ts';
import type { FieldError } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';

/** Fields that the published types call required and the API fills in or takes when they are missing. */
const optionalAnyway: ReadonlySet<string> = new Set(['V1PodSpec.containers']);

/** Every field of a value that its published type requires and that is missing: `spec.rules[0].http.paths: Required value`. */
export function missingFields(typeName: string, value: unknown, field = ''): readonly FieldError[] {
  const errors: FieldError[] = [];
  visit(typeName, value, field, errors);
  return errors;
}

function visit(type: string, value: unknown, field: string, errors: FieldError[]): void {
  if (value === null || value === undefined) return;
  if (type.startsWith('[]')) {
    if (Array.isArray(value))
      for (const [at, item] of value.entries()) visit(type.slice(2), item, `${field}[${at}]`, errors);
    return;
  }
  if (type.startsWith('{}')) {
    if (typeof value === 'object')
      for (const [name, member] of Object.entries(value)) visit(type.slice(2), member, `${field}[${name}]`, errors);
    return;
  }
  const fields = schemaTables().types[type]?.fields;
  if (!fields || typeof value !== 'object') return;
  const members = value as Readonly<Record<string, unknown>>;
  for (const [name, declared] of Object.entries(fields)) {
    const at = field === '' ? name : `${field}.${name}`;
    const isMissing = members[name] === undefined || members[name] === '';
    if (declared.endsWith('!') && isMissing && !optionalAnyway.has(`${type}.${name}`)) errors.push(requiredValue(at));
    else visit(declared.replace('!', ''), members[name], at, errors);
  }
}
