import { parseQuantity } from '../../../lib/kube/quantity.ts';
import type { FieldError } from '../strategy.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

/** What claims and volumes have in common. */

const knownModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export const volumeModes = ['Block', 'Filesystem'];

export function accessModes(
  field: string,
  modes: readonly string[] | undefined,
  missingDetail?: string,
): readonly FieldError[] {
  const wanted = modes ?? [];
  if (wanted.length === 0) return [requiredValue(field, missingDetail)];
  const errors: FieldError[] = wanted
    .filter((mode) => !knownModes.includes(mode))
    .map((mode) => unsupportedValue(field, mode, knownModes));
  if (wanted.includes('ReadWriteOncePod') && wanted.length > 1) {
    errors.push(forbiddenField(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** An amount of storage, which is more than none. */
export function storageAmount(field: string, amount: string): readonly FieldError[] {
  return parseQuantity(amount).nano > 0n ? [] : [invalidValue(field, amount, 'must be greater than zero')];
}
