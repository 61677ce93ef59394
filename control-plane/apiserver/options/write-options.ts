import { quoted } from '../../../lib/kube/quoted.ts';
import type { FieldValidation } from '../../registry/request.ts';
import type { FieldError } from '../../registry/strategy.ts';
import { forbiddenOption, refuseOptions, unsupportedOption } from './option-errors.ts';

export interface WriteOptions {
  readonly isDryRun: boolean;
  readonly fieldManager: string | undefined;
  readonly fieldValidation: FieldValidation;
}

const MAX_FIELD_MANAGER = 128;
const validations = ['Ignore', 'Strict', 'Warn'] as const;
const plain: WriteOptions = { isDryRun: false, fieldManager: undefined, fieldValidation: 'Warn' };

/** The parameters of a create, an update or a patch. Throws 422 that names each which is wrong. */
export function writeOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteOptions {
  if (query.size === 0 && !isApply) return plain;
  const dryRun = query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') || undefined;
  const validation = query.get('fieldValidation') || 'Warn';
  const fieldValidation = validations.find((one) => one === validation);
  const errors: FieldError[] = [];
  if (isApply && fieldManager === undefined)
    errors.push({
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    });
  if (kind === 'PatchOptions' && !isApply && query.has('force'))
    errors.push(forbiddenOption('force', 'may not be specified for non-apply patch'));
  errors.push(...fieldManagerErrors(fieldManager ?? ''), ...dryRunErrors(dryRun));
  if (fieldValidation === undefined)
    errors.push(unsupportedOption('fieldValidation', JSON.stringify(validation), ['', ...validations]));
  refuseOptions(kind, errors);
  return { isDryRun: dryRun.includes('All'), fieldManager, fieldValidation: fieldValidation ?? 'Warn' };
}

export function dryRunErrors(dryRun: readonly string[]): readonly FieldError[] {
  return dryRun.every((one) => one === 'All') ? [] : [unsupportedOption('dryRun', JSON.stringify(dryRun), ['All'])];
}

function fieldManagerErrors(manager: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MAX_FIELD_MANAGER)
    errors.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_FIELD_MANAGER} bytes`,
      field: 'fieldManager',
    });
  let position = 0;
  for (const character of manager) {
    if (!isPrintable(character))
      errors.push({
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${quoted(manager)}: invalid character ${codePoint(character)} (at position ${position})`,
        field: 'fieldManager',
      });
    position += Buffer.byteLength(character);
  }
  return errors;
}

function isPrintable(character: string): boolean {
  return character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);
}

/** `U+0000`. */
function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
