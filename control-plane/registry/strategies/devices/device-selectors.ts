import { CelError } from '../../../../lib/cel/cel-error.ts';
import { compileCel, type CelNode } from '../../../../lib/cel/environment.ts';
import type { DeviceSelector } from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { invalidValue, requiredValue, tooLong } from '../field-errors.ts';
import { checkedList } from './bounded-collections.ts';

const MAX_SELECTORS = 32;
const MAX_EXPRESSION_LENGTH = 10 * 1024;
/** What an expression knows of a device. */
const deviceMembers: ReadonlySet<unknown> = new Set(['driver', 'attributes', 'capacity', 'allowMultipleAllocations']);
const answers: ReadonlySet<string> = new Set(['bool', 'dyn']);

export function validateSelectors(selectors: readonly DeviceSelector[] | undefined, at: string): readonly FieldError[] {
  return checkedList(at, selectors, MAX_SELECTORS, ({ cel }, place) =>
    cel ? validateExpression(cel.expression ?? '', `${place}.cel.expression`) : [requiredValue(`${place}.cel`)],
  );
}

function validateExpression(expression: string, field: string): readonly FieldError[] {
  // Too long to be worth compiling.
  if (expression.length > MAX_EXPRESSION_LENGTH) return [tooLong(field, MAX_EXPRESSION_LENGTH)];
  try {
    const { ast, type } = compileCel(expression, ['device']);
    const unknown = unknownMember(ast);
    if (unknown !== undefined) {
      return [invalidValue(field, expression, `compilation failed: ERROR: <input>: undefined field '${unknown}'`)];
    }
    if (answers.has(type)) return [];
    return [invalidValue(field, expression, `must evaluate to bool or the unknown type, not ${type}`)];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return [invalidValue(field, expression, `compilation failed: ${error.message}`)];
  }
}

/** The first member of `device` that devices do not have. The compiler knows no types of objects. */
function unknownMember(node: unknown): string | undefined {
  if (Array.isArray(node)) {
    for (const one of node) {
      const found = unknownMember(one);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isNode(node)) return undefined;
  const { op, args } = node;
  if (op === '.' && Array.isArray(args) && isDevice(args[0]) && !deviceMembers.has(args[1])) return String(args[1]);
  return unknownMember(args);
}

function isDevice(node: unknown): boolean {
  return isNode(node) && node.op === 'id' && node.args === 'device';
}

function isNode(value: unknown): value is CelNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
