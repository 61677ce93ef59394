/** What a document may hold: a text, a list of something, or an object of these fields. */
export type Shape = 'text' | readonly [Shape] | { readonly [field: string]: Shape };

/** What in a document has not its shape, by path. Absent fields are fine. */
export function shapeProblems(value: unknown, shape: Shape, path = ''): readonly string[] {
  if (value === undefined || value === null) return [];
  if (shape === 'text') return typeof value === 'string' ? [] : [`${path}: expected a string`];
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${path}: expected a list`];
    return value.flatMap((one: unknown, at) => shapeProblems(one, shape[0], `${path}[${at}]`));
  }
  if (typeof value !== 'object' || Array.isArray(value)) return [`${path || 'document'}: expected an object`];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return inner === undefined ? [`unknown field ${JSON.stringify(at)}`] : shapeProblems(member, inner, at);
  });
}

/** A document in which what is said to be nothing is not there. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

function isList(shape: Exclude<Shape, 'text'>): shape is readonly [Shape] {
  return Array.isArray(shape);
}
