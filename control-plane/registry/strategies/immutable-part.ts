import { isDeepStrictEqual } from 'node:util';
import { unifiedDiff } from '../../../lib/unified-diff.ts';
import type { FieldError } from '../strategy.ts';
import { forbiddenField } from './field-errors.ts';

/** Refuses a change of a part that stays as it is made, and shows what changed in it. Both are in the form that upstream shows, with one order of their members. */
export function immutablePart(field: string, detail: string, after: unknown, before: unknown): readonly FieldError[] {
  if (isDeepStrictEqual(after, before)) return [];
  const text = (part: unknown) => JSON.stringify(part, null, 1);
  return [forbiddenField(field, `${detail}\n${unifiedDiff(text(before), text(after))}`)];
}
