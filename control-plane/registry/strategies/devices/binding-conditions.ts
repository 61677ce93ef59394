import type { FieldError } from '../../strategy.ts';
import { duplicateValue, invalidValue } from '../field-errors.ts';
import { checkedList } from './bounded-collections.ts';
import { labelName } from './device-names.ts';

const MAX_CONDITIONS = 4;

interface BindingConditions {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** Conditions that a pod's binding waits for, and those that end the wait: either both or neither, and none in both. */
export function validateBindingConditions(of: BindingConditions, at: string): readonly FieldError[] {
  const { bindingConditions: awaited = [], bindingFailureConditions: failures = [] } = of;
  const [awaitedAt, failuresAt] = [`${at}.bindingConditions`, `${at}.bindingFailureConditions`];
  const check = (name: string, place: string) => labelName(place, name);
  const errors = [
    ...checkedList(awaitedAt, awaited, MAX_CONDITIONS, check),
    ...checkedList(failuresAt, failures, MAX_CONDITIONS, check),
    ...repeated(awaited, awaitedAt),
    ...repeated(failures, failuresAt),
  ];
  for (const [index, name] of failures.entries()) {
    if (awaited.includes(name)) {
      const detail = 'bindingFailureConditions must not overlap with bindingConditions';
      errors.push(invalidValue(`${failuresAt}[${index}]`, name, detail));
    }
  }
  if (awaited.length === 0 && failures.length > 0) {
    errors.push(invalidValue(awaitedAt, awaited, 'bindingConditions are required to use bindingFailureConditions'));
  }
  if (failures.length === 0 && awaited.length > 0) {
    errors.push(invalidValue(failuresAt, failures, 'bindingFailureConditions are required to use bindingConditions'));
  }
  return errors;
}

function repeated(names: readonly string[], at: string): readonly FieldError[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [duplicateValue(`${at}[${index}]`, name)] : []));
}
