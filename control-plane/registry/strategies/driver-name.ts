import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, requiredValue, tooLong } from './field-errors.ts';

const MAX_BYTES = 63;

/** The name of a driver of disks or devices, in whatever case. */
export function driverName(field: string, name: string | undefined): readonly FieldError[] {
  if (!name) return [requiredValue(field)];
  return [
    ...(Buffer.byteLength(name) > MAX_BYTES ? [tooLong(field, MAX_BYTES)] : []),
    ...isDns1123Subdomain(name.toLowerCase()).map((detail) => invalidValue(field, name, detail)),
  ];
}
