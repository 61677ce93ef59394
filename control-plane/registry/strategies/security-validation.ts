import type { FieldError } from '../strategy.ts';
import { invalidValue } from './field-errors.ts';

const MAX_ID = 2_147_483_647;

/** User and group numbers of a security context. */
export function validateUserIds(
  context: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly fsGroup?: number;
    readonly supplementalGroups?: number[];
  },
  at: string,
): readonly FieldError[] {
  return [
    ...id(`${at}.runAsUser`, context.runAsUser),
    ...id(`${at}.runAsGroup`, context.runAsGroup),
    ...id(`${at}.fsGroup`, context.fsGroup),
    ...(context.supplementalGroups ?? []).flatMap((group, index) => id(`${at}.supplementalGroups[${index}]`, group)),
  ];
}

function id(field: string, value: number | undefined): readonly FieldError[] {
  return value !== undefined && (value < 0 || value > MAX_ID)
    ? [invalidValue(field, value, `must be between 0 and ${MAX_ID}, inclusive`)]
    : [];
}
