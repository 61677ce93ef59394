import type { Emptied } from '../../lib/kube/schema.ts';
import { cloneObject, type ApiObject } from './api-object.ts';
import type { FieldError } from './strategy.ts';

/** Messages show these as JSON does, without what is empty. */
const publishedStructures: ReadonlySet<string> = new Set(['LabelSelector', 'LabelSelectorRequirement']);

/** A copy of an object with the empty lists and maps that were sent and left out, as far as their places are still there. */
export function withEmptied(object: ApiObject, emptied: readonly Emptied[]): ApiObject {
  const copy = cloneObject(object);
  for (const { path, isList, struct } of emptied) {
    if (publishedStructures.has(struct)) continue;
    const name = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce<unknown>(memberOf, copy);
    if (typeof parent !== 'object' || parent === null) continue;
    (parent as Record<string | number, unknown>)[name] ??= isList ? [] : {};
  }
  return copy;
}

function memberOf(value: unknown, name: string | number): unknown {
  return (value as Readonly<Record<string | number, unknown>> | undefined)?.[name];
}

/** The same errors, with the messages that are for the object as it was sent: they show `[]` in place of `null`. */
export function asSent(errors: readonly FieldError[], sent: readonly FieldError[]): readonly FieldError[] {
  return errors.map((error) => {
    const like = ({ field, reason }: FieldError) => field === error.field && reason === error.reason;
    const at = errors.filter(like).indexOf(error);
    return sent.filter(like)[at] ?? error;
  });
}
