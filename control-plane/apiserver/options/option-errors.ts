import { badRequest, invalid } from '../../../lib/kube/status-errors.ts';
import type { FieldError } from '../../registry/strategy.ts';

/** The kinds that the parameters of a request make up together. */
export type OptionsKind = 'ListOptions' | 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** Throws 422 that names each parameter, when there is anything wrong. */
export function refuseOptions(kind: OptionsKind, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
}

export function forbiddenOption(field: string, why: string): FieldError {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

/** `value` as the API shows it: `"Bad"`, `["Bad"]`. */
export function unsupportedOption(field: string, value: string, supported: readonly string[]): FieldError {
  const values = supported.map((one) => JSON.stringify(one)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${value}: supported values: ${values}`,
    field,
  };
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** A parameter that is a whole number of 64 bits; `undefined` when it is absent. Throws 400. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const problem = /^[+-]?\d+$/.test(text) ? outOfRange(BigInt(text.replace('+', ''))) : 'invalid syntax';
  if (problem !== undefined) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`);
  return Number(text);
}

function outOfRange(value: bigint): string | undefined {
  return value < MIN_INT64 || value > MAX_INT64 ? 'value out of range' : undefined;
}
