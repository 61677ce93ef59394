import type { DeviceClassConfiguration } from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { driverName } from '../driver-name.ts';
import { invalidValue, requiredValue, tooLong } from '../field-errors.ts';

const MAX_PARAMETERS_BYTES = 10 * 1024;

/** What a driver is told: nobody else reads it. */
export function validateConfiguration({ opaque }: DeviceClassConfiguration, at: string): readonly FieldError[] {
  if (!opaque) return [requiredValue(`${at}.opaque`)];
  return [
    ...driverName(`${at}.opaque.driver`, opaque.driver),
    ...validateRawObject(opaque.parameters, `${at}.opaque.parameters`, MAX_PARAMETERS_BYTES),
  ];
}

/** Any JSON object of a bounded size. */
export function validateRawObject(value: unknown, field: string, maxBytes: number): readonly FieldError[] {
  if (value === undefined || value === null) return [requiredValue(field)];
  if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) return [tooLong(field, maxBytes)];
  if (typeof value === 'object' && !Array.isArray(value)) return [];
  return [invalidValue(field, '<value omitted>', 'must be a valid JSON object')];
}
