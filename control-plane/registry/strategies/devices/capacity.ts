import { compareQuantities, parseQuantity, QuantityError, type Quantity } from '../../../../lib/kube/quantity.ts';
import type { CapacityRequestPolicy, DeviceCapacity } from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { forbiddenField, invalidValue, requiredValue, tooMany } from '../field-errors.ts';

const MAX_VALID_VALUES = 10;

/** How much a device has of something, and in which portions it is shared. */
export function validateCapacity(
  { value, requestPolicy }: DeviceCapacity,
  at: string,
  isShared: boolean,
): readonly FieldError[] {
  const total = quantity(value);
  if (!total) return [invalidValue(`${at}.value`, value ?? '', 'must be a valid resource quantity')];
  if (!requestPolicy) return [];
  const field = `${at}.requestPolicy`;
  return isShared
    ? validatePolicy(requestPolicy, { total, text: value }, field)
    : [forbiddenField(field, 'allowMultipleAllocations must be true')];
}

interface Total {
  readonly total: Quantity;
  readonly text: string;
}

function validatePolicy(policy: CapacityRequestPolicy, of: Total, at: string): readonly FieldError[] {
  const { validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(at, detail)];
  }
  const what = validRange ? 'validRange' : 'validValues';
  if (!validRange && validValues.length === 0) return [];
  const byDefault = quantity(policy.default);
  if (!byDefault) return [requiredValue(`${at}.default`, `required when ${what} is defined`)];
  return validRange
    ? validateRange(policy, byDefault, of, `${at}.validRange`)
    : validateValues(policy, byDefault, of, `${at}.validValues`);
}

function validateValues(
  policy: CapacityRequestPolicy,
  byDefault: Quantity,
  { total, text }: Total,
  at: string,
): readonly FieldError[] {
  const { validValues = [] } = policy;
  if (validValues.length > MAX_VALID_VALUES) return [tooMany(at, validValues.length, MAX_VALID_VALUES)];
  const errors: FieldError[] = [];
  let before: Quantity | undefined;
  let hasDefault = false;
  for (const [index, value] of validValues.entries()) {
    const place = `${at}[${index}]`;
    const amount = quantity(value);
    if (!amount) {
      errors.push(invalidValue(place, value, 'must be a valid resource quantity'));
      continue;
    }
    if (before && compareQuantities(before, amount) > 0) {
      errors.push(invalidValue(place, value, 'values must be sorted in ascending order'));
    }
    if (compareQuantities(amount, total) > 0) {
      errors.push(invalidValue(place, value, `option is larger than capacity value: ${text}`));
    }
    hasDefault ||= compareQuantities(amount, byDefault) === 0;
    before = amount;
  }
  if (!hasDefault) {
    errors.push(invalidValue(at, policy.default, 'default value is not valid according to the requestPolicy'));
  }
  return errors;
}

function validateRange(
  policy: CapacityRequestPolicy,
  byDefault: Quantity,
  { total, text }: Total,
  at: string,
): readonly FieldError[] {
  const { min, max, step } = policy.validRange ?? { min: '' };
  const [least, most, portion] = [quantity(min), quantity(max), quantity(step)];
  if (!least) return [requiredValue(`${at}.min`, 'required when validRange is defined')];
  const errors: FieldError[] = [];
  const check = (isWrong: boolean, field: string, value: unknown, detail: string) => {
    if (isWrong) errors.push(invalidValue(`${at}.${field}`, value, detail));
  };
  check(compareQuantities(least, total) > 0, 'min', min, `min is larger than capacity value: ${text}`);
  check(compareQuantities(byDefault, least) < 0, 'default', policy.default, `default is less than min: ${min}`);
  if (most) {
    check(compareQuantities(least, most) > 0, 'max', min, `min is larger than max: ${max}`);
    check(compareQuantities(most, total) > 0, 'max', max, `max is larger than capacity value: ${text}`);
    check(compareQuantities(byDefault, most) > 0, 'default', policy.default, `default is more than max: ${max}`);
  }
  if (!portion) return errors;
  if (portion.nano <= 0n) {
    check(true, 'step', step, 'must be greater than zero');
    return errors;
  }
  const isOff = (amount: Quantity) => (amount.nano - least.nano) % portion.nano !== 0n;
  const detail = `value is not a multiple of a given step (${step}) from (${min})`;
  check(
    least.nano + portion.nano > total.nano,
    'step',
    step,
    `one step ${step} is larger than capacity value: ${text}`,
  );
  check(isOff(byDefault), 'step', policy.default, detail);
  if (most) check(isOff(most), 'step', max, detail);
  return errors;
}

function quantity(text: string | undefined): Quantity | undefined {
  if (!text) return undefined;
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
