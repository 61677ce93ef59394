import { CelError } from '../../../lib/cel/cel-error.ts';
import { compileCel, type CelOptions } from '../../../lib/cel/environment.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue } from './field-errors.ts';

/** What an expression may speak of and has to be. */
interface Expected extends CelOptions {
  readonly variables: readonly string[];
  /** One of these is what it evaluates to; what is only known when it is evaluated may be anything. */
  readonly types?: readonly string[];
}

/** What is wrong with an expression that is there. */
export function expressionErrors(
  field: string,
  expression: string,
  { variables, types, ...options }: Expected,
): readonly FieldError[] {
  try {
    const { type } = compileCel(expression, variables, options);
    if (!types || type === 'dyn' || types.includes(type)) return [];
    const wanted = types.length === 1 ? types[0] : `one of [${types.map(upstreamType).join(' ')}]`;
    return [invalidValue(field, expression, `must evaluate to ${wanted} but got ${upstreamType(type)}`)];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return [invalidValue(field, expression, `compilation failed: ${error.message}`)];
  }
}

function upstreamType(type: string): string {
  return type === 'null' ? 'null_type' : type;
}
