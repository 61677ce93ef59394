import { invalidValue } from '../strategies/field-errors.ts';
import type { FieldError } from '../strategy.ts';
import type { JsonObject } from './schema-props.ts';

const MAX_REPLICAS = 2_147_483_647;

/** What is wrong with the number of replicas that `scale` reads or writes at `path` (`spec.replicas`); where no number stands, there is nothing to scale. */
export function scaleErrors(object: JsonObject, path: string): readonly FieldError[] {
  let value: unknown = object;
  for (const name of path.split('.')) value = (value as JsonObject | undefined)?.[name];
  if (typeof value !== 'number') return [];
  if (value < 0) return [invalidValue(`.${path}`, value, 'should be a non-negative integer')];
  return value > MAX_REPLICAS
    ? [invalidValue(`.${path}`, value, `should be less than or equal to ${MAX_REPLICAS}`)]
    : [];
}
