/** What a type of the tables is called in Go, as far as its own name tells: `[]V1Container` → `[]v1.Container`. */
export function goTypeName(type: string): string {
  if (type.startsWith('[]')) return `[]${goTypeName(type.slice(2))}`;
  if (type.startsWith('{}')) return `map[string]${goTypeName(type.slice(2))}`;
  const [, version, name = type] = /^[A-Za-z]*?(V\d+)([A-Z]\w*)$/.exec(type) ?? [];
  return version === undefined ? (scalars[type] ?? type) : `${version.toLowerCase()}.${name}`;
}

const scalars: Readonly<Record<string, string>> = {
  boolean: 'bool',
  double: 'float64',
  bytes: '[]uint8',
  time: 'v1.Time',
  'micro-time': 'v1.MicroTime',
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
};
