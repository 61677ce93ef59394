import type { ApiObject } from '../registry/api-object.ts';
import type { WriteContext } from '../registry/request.ts';
import { checkKind, type ExpectedKind } from './check-kind.ts';
import { decodeObject } from './decode-object.ts';
import type { Exchange } from './exchange.ts';

/**
 * The body of a request, of the kind that belongs to its path and read as that kind's type. Throws 400 for a body of another kind, for values that do
 * not fit their fields, and for what a strict decoder finds fault with where `fieldValidation` asks for one.
 */
export function typedBody(exchange: Exchange, expected: ExpectedKind, context: WriteContext): ApiObject {
  const { kind } = expected.type;
  const { object, faults } = exchange.object(kind);
  const body = object as unknown as ApiObject;
  checkKind(expected, body, (problem) => exchange.unrecognized(kind, problem));
  return decodeObject(expected, body, context, { faults: context.fieldValidation === 'Ignore' ? [] : faults() });
}
