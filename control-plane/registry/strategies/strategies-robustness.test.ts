import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAs } from '../../../lib/kube/schema.ts';
import { JSON_SCHEMA, schemaAlternatives, type SchemaAlternative } from '../../../lib/kube/schema-alternatives.ts';
import { schemaTables, typeOfKind } from '../../../lib/kube/schema-tables.ts';
import { apiVersionOf } from '../../../lib/kube/resources.ts';
import { definitions } from '../definitions.ts';

/** How deep made-up objects go: down to the members of containers' probes. */
const MAX_DEPTH = 9;

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.constantFrom(
    '',
    'a',
    'A_b',
    'Always',
    'Exists',
    'In',
    'RollingUpdate',
    'NodePort',
    'x'.repeat(300),
    '../x',
  ),
  boolean: fc.boolean(),
  int32: fc.constantFrom(-1, 0, 1, 2, 80, 70_000, 2_147_483_647),
  int64: fc.constantFrom(-1, 0, 1, 9_007_199_254_740_991),
  double: fc.double({ noNaN: true }),
  bytes: fc.constantFrom('', 'eA=='),
  time: fc.constant('2026-01-01T00:00:00Z'),
  'micro-time': fc.constant('2026-01-01T00:00:00.000000Z'),
  quantity: fc.constantFrom('0', '1', '-1', '100m', '1Gi'),
  'int-or-string': fc.constantFrom<unknown>(0, 1, -1, '25%', 'http', ''),
  any: fc.constantFrom<unknown>({}, 'x'),
};

/** Anything that can be decoded as a type: every field may be there or not, whether it is required or not. */
function arbitraryOf(type: string, depth: number): fc.Arbitrary<unknown> {
  const scalar = scalars[type];
  if (scalar) return scalar;
  if (type.startsWith('[]')) return fc.array(arbitraryOf(type.slice(2), depth), { maxLength: 2 });
  if (type.startsWith('{}')) {
    return fc.dictionary(fc.constantFrom('a', 'b/c', 'B C', 'cpu', ''), arbitraryOf(type.slice(2), depth), {
      maxKeys: 2,
    });
  }
  const fields = Object.entries(schemaTables().types[type]?.fields ?? {});
  if (depth === 0) return fc.constant({});
  return fc.record(
    Object.fromEntries(
      fields.map(([name, field]) => [
        name,
        fc.oneof({ withCrossShrink: true }, fc.constant(undefined), memberOf(type, name, field, depth)),
      ]),
    ),
    { requiredKeys: [] },
  );
}

function memberOf(type: string, name: string, field: string, depth: number): fc.Arbitrary<unknown> {
  const other = type === JSON_SCHEMA ? schemaAlternatives.get(name) : undefined;
  if (!other) return lazily(field, depth);
  const either = fc.oneof(lazily(JSON_SCHEMA, depth), lazily(alternativeTypes[other], depth));
  return other === 'texts' ? fc.dictionary(fc.constantFrom('a', 'b'), either, { maxKeys: 2 }) : either;
}

const alternativeTypes: Readonly<Record<SchemaAlternative, string>> = {
  schemas: `[]${JSON_SCHEMA}`,
  boolean: 'boolean',
  texts: '[]string',
};

/** Types contain themselves, so that members are only looked at when one is made. */
function lazily(field: string, depth: number): fc.Arbitrary<unknown> {
  return fc.constant(null).chain(() => arbitraryOf(field.replace('!', ''), depth - 1));
}

describe('strategies', () => {
  it.each(definitions.map(({ resource, strategy }) => [resource.kind, resource, strategy] as const))(
    'of %s judge anything that can be decoded, without failing',
    (_kind, resource, strategy) => {
      const type = typeOfKind(apiVersionOf(resource), resource.kind) ?? '';
      fc.assert(
        fc.property(arbitraryOf(type, MAX_DEPTH), arbitraryOf(type, MAX_DEPTH), (first, second) => {
          const [object, old] = [first, second].map((value) => {
            const decoded = decodeAs(type, JSON.parse(JSON.stringify(value)));
            expect(decoded.mismatch).toBeUndefined();
            // What was decoded once has nothing more to leave out.
            expect(decodeAs(type, decoded.object).object).toBe(decoded.object);
            const copy = structuredClone(decoded.object) as { metadata?: object };
            copy.metadata ??= {};
            return copy;
          });
          if (!object || !old) return;
          strategy.prepareForCreate?.(old);
          strategy.default?.(old);
          strategy.validate?.(old);
          strategy.prepareForUpdate?.(object, old);
          strategy.prepareForStatusUpdate?.(object, old, 0, 'status');
          strategy.default?.(object);
          strategy.validate?.(object);
          strategy.validateUpdate?.(object, old);
          strategy.validateStatusUpdate?.(object, old);
          strategy.warnings?.(object);
        }),
        { numRuns: 60 },
      );
    },
  );
});
