import fc from 'fast-check';

/** As much of a JSON schema as the API's documents say of values. */
export interface ValueSchema {
  readonly $ref?: string;
  readonly allOf?: readonly ValueSchema[];
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: ValueSchema | boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

export type Schemas = Readonly<Record<string, ValueSchema>>;

/** Texts that are something, or nearly are. */
const textsOf = {
  nothing: ['', ' ', '\n', '\u0000', '\uD800', '🙂', 'é', 'x'.repeat(300), '*', '%', '-'],
  names: ['a', 'A_b', 'Bad Value!', '../x', 'a/b/c', 'a,b', 'a=b', 'a.b', 'verdict', 'kubernetes.io/hostname'],
  members: ['__proto__', 'constructor', 'toString', 'null', 'true'],
  amounts: ['0', '-1', '00', '1e400', '0x10', '1.5', '1Gi', '-1Gi', '1e-40', '25%', '101%'],
  times: ['2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2026-13-01T00:00:00Z'],
  durations: ['1h', '-1h', '1h1', '1w'],
  addresses: [
    '10.0.0.1',
    '10.0.0.0/8',
    '010.0.0.1',
    '::1',
    'fd00::/129',
    '::ffff:1.2.3.4',
    'http://[',
    'https://a.example.com/b',
  ],
  patterns: ['(a+)+$', '[', '^a$', '(?i)a'],
  schedules: ['* * * * *', '@every 1s', '60 * * * *', 'TZ=UTC * * * * *', '0 0 30 2 *', 'Europe/Berlin', 'Local'],
  expressions: [
    'self == 1',
    'object.spec.x',
    '"a"',
    '1 / 0',
    'a(',
    '$(A)',
    '{{',
    '.spec',
    '.spec.a[0]',
    '{.a}',
    '.a[?(@.b=="c")]',
  ],
  words: [
    'Always',
    'Never',
    'Exists',
    'In',
    'Gt',
    'Equal',
    'NoExecute',
    'Delete',
    'Retain',
    'All',
    'Localhost',
    'TCP',
    'cpu',
    'memory',
  ],
};
const texts = Object.values(textsOf).flat();
const integers = [-1, 0, 1, 2, 80, 255, 1023, 65_535, 65_536, 2_147_483_647, -2_147_483_648, 9_007_199_254_740_991];
const numbers = [...integers, 0.5, -0.5, 1e300, 1e21];
const keys = [
  ...textsOf.members,
  '',
  'a',
  'b/c',
  'B C',
  'a.b.c',
  'x'.repeat(64),
  'example.com/gpu',
  'kubernetes.io/os',
  'cpu',
  'memory',
  'pods',
  'hugepages-2Mi',
  'requests.cpu',
  'count/a.b',
];
const odd: readonly unknown[] = [null, [], {}, '', 'x', 0, -1, 1.5, true, [null], { a: null }, [[]], 2 ** 60];

/** Values that fit a schema, most of the time; every member may be there or not. Members are often as in `seen`, which has the values of valid objects by the members' names. */
export class SchemaValues {
  readonly #schemas: Schemas;
  readonly #seen: ReadonlyMap<string, readonly unknown[]>;

  constructor(schemas: Schemas, seen: ReadonlyMap<string, readonly unknown[]>) {
    this.#schemas = schemas;
    this.#seen = seen;
  }

  /** `member`: under which name the value will be. `depth`: how far down it goes. */
  of(schema: ValueSchema, depth: number, member = ''): fc.Arbitrary<unknown> {
    const seen = this.#seen.get(member);
    return fc.oneof(
      { weight: 20, arbitrary: this.#fitting(schema, depth, member) },
      { weight: 1, arbitrary: fc.constantFrom(...odd) },
      ...(seen ? [{ weight: 8, arbitrary: fc.constantFrom(...seen) }] : []),
    );
  }

  /** The schema of what is at a path. */
  at(schema: ValueSchema, path: readonly (string | number)[]): ValueSchema {
    let at = this.#resolved(schema);
    for (const part of path) {
      const next =
        typeof part === 'number'
          ? at.items
          : (at.properties?.[part] ??
            (typeof at.additionalProperties === 'object' ? at.additionalProperties : undefined));
      at = this.#resolved(next ?? {});
    }
    return at;
  }

  #resolved(schema: ValueSchema): ValueSchema {
    const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
    return ref === undefined ? schema : (this.#schemas[ref.slice(ref.lastIndexOf('/') + 1)] ?? {});
  }

  #fitting(given: ValueSchema, depth: number, member: string): fc.Arbitrary<unknown> {
    const schema = this.#resolved(given);
    if (schema.enum?.length) return fc.constantFrom(...schema.enum, 'odd');
    if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string')
      return fc.constantFrom<unknown>(...integers, ...texts);
    switch (schema.type) {
      case 'string':
        return fc.constantFrom(...texts);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.constantFrom(...integers);
      case 'number':
        return fc.constantFrom(...numbers);
      case 'array':
        if (depth <= 0) return fc.constant([]);
        return fc.array(
          lazily(() => this.of(schema.items ?? {}, depth - 1, member)),
          { maxLength: 3 },
        );
      default:
        return this.#object(schema, depth);
    }
  }

  #object(schema: ValueSchema, depth: number): fc.Arbitrary<unknown> {
    const { properties, additionalProperties: more } = schema;
    if (depth <= 0) return fc.constant({});
    if (properties) {
      const members = Object.entries(properties).map(([name, property]) => [
        name,
        lazily(() => this.of(property, depth - 1, name)),
      ]);
      // Few of many members, so that what is made is not mostly wrong.
      return fc
        .subarray(members as [string, fc.Arbitrary<unknown>][], { maxLength: Math.min(members.length, 6) })
        .chain((some) => fc.record(Object.fromEntries(some)));
    }
    if (typeof more === 'object')
      return fc.dictionary(
        fc.constantFrom(...keys),
        lazily(() => this.of(more, depth - 1)),
        { maxKeys: 3 },
      );
    return fc.oneof(
      fc.constantFrom(...odd),
      fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...odd), { maxKeys: 3 }),
    );
  }
}

/** Schemas contain themselves, so that members are only looked at when one is made. */
function lazily(make: () => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.constant(null).chain(make);
}
