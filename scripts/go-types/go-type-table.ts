import { join } from 'node:path';
import { goTypeName } from '../../lib/kube/go-type-names.ts';
import { schemaTables } from '../../lib/kube/schema-tables.ts';
import type { ModuleDirectories } from '../protobuf/protobuf-table.ts';
import { readGoPackage, type GoMember, type GoPackage } from './read-go-package.ts';

/** Model → field → `INLINED/TYPE?`, see `lib/kube/go-types.ts`. */
export type GoTypeTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What Go's types say that the published models do not. */
export function goTypeTable(directories: ModuleDirectories): GoTypeTable {
  const packages = new Map<string, GoPackage>();
  const packageAt = (path: string): GoPackage => {
    const found = packages.get(path) ?? readGoPackage(directoryOf(path, directories));
    packages.set(path, found);
    return found;
  };
  const table: Record<string, Readonly<Record<string, string>>> = {};
  for (const [model, { name, fields }] of Object.entries(schemaTables().types)) {
    const path = packageOf(name);
    const rows: Record<string, string> = {};
    for (const { member, inlined, home } of membersOf(name.slice(name.lastIndexOf('.') + 1), path, packageAt)) {
      const type = fields[member.json]?.replace('!', '');
      if (type === undefined) continue;
      const row = rowOf(member, type, inlined, { home, packageAt });
      if (row !== '') rows[member.json] = row;
    }
    if (Object.keys(rows).length > 0) table[model] = rows;
  }
  return table;
}

interface Found {
  readonly member: GoMember;
  /** Names of the structs that it stands in, as Go tells them. */
  readonly inlined: string;
  readonly home: string;
}

interface Sources {
  /** Path of the package that has the text. */
  readonly home: string;
  readonly packageAt: (path: string) => GoPackage;
}

/** The members of a struct and of those that are part of it. */
function* membersOf(name: string, home: string, packageAt: (path: string) => GoPackage, inlined = ''): Iterable<Found> {
  for (const member of packageAt(home).structs.get(name) ?? []) {
    if (member.json !== '') yield { member, inlined, home };
    else if (!member.type.endsWith('TypeMeta')) {
      const { path, bare } = resolved(member.type, { home, packageAt });
      yield* membersOf(bare, path, packageAt, `${inlined}${bare}/`);
    }
  }
}

function rowOf(member: GoMember, type: string, inlined: string, sources: Sources): string {
  const isPointer = member.type.startsWith('*');
  const written = member.type.replace(/^\*/, '');
  const goType = goTypeOf(written, sources);
  const name = goType === goTypeName(type) || !isNamed(goType) ? '' : goType;
  const omits = !isPointer && member.omitsEmpty && isScalar(written, sources) ? '?' : '';
  return `${inlined}${name}${omits}`;
}

/** Types that read themselves are called by what they read. */
function isNamed(goType: string): boolean {
  return !/\b(Time|MicroTime|Duration|RawExtension|FieldsV1|JSON|JSONSchemaPropsOr\w+)$/.test(goType);
}

/** As Go shows it; of a name for a list or a map also what it stands for, behind `=`. */
function goTypeOf(written: string, sources: Sources): string {
  if (written.startsWith('[]')) return `[]${goTypeOf(written.slice(2).replace(/^\*/, ''), sources)}`;
  const [, key, value] = /^map\[([\w.]+)\](.+)$/.exec(written) ?? [];
  if (key !== undefined && value !== undefined) return `map[${goTypeOf(key, sources)}]${goTypeOf(value, sources)}`;
  if (builtIn.has(written)) return written === 'byte' ? 'uint8' : written;
  const { path, bare } = resolved(written, sources);
  const shown = `${path.slice(path.lastIndexOf('/') + 1)}.${bare}`;
  const stands = sources.packageAt(path).named.get(bare);
  return stands?.includes('[') ? `${shown}=${goTypeOf(stands, { ...sources, home: path })}` : shown;
}

function isScalar(written: string, sources: Sources): boolean {
  if (builtIn.has(written)) return true;
  if (/[[*]/.test(written)) return false;
  const { path, bare } = resolved(written, sources);
  return builtIn.has(sources.packageAt(path).named.get(bare) ?? '');
}

const builtIn: ReadonlySet<string> = new Set(
  'string bool byte int int32 int64 uint8 uint16 uint32 uint64 float64'.split(' '),
);

function resolved(written: string, { home, packageAt }: Sources): { readonly path: string; readonly bare: string } {
  const [first = '', second] = written.split('.');
  if (second === undefined) return { path: home, bare: first };
  return { path: packageAt(home).imports.get(first) ?? first, bare: second };
}

/** `io.k8s.api.core.v1.PodSpec` → `k8s.io/api/core/v1`. */
function packageOf(definition: string): string {
  const [, , ...parts] = definition.split('.');
  return `k8s.io/${parts.slice(0, -1).join('/')}`;
}

function directoryOf(path: string, { api, machinery, extensions, aggregator }: ModuleDirectories): string {
  const [, module = '', ...rest] = path.split('/');
  const roots: Readonly<Record<string, string>> = {
    api,
    apimachinery: machinery,
    'apiextensions-apiserver': extensions,
    'kube-aggregator': aggregator,
  };
  const root = roots[module];
  return root === undefined ? '' : join(root, ...rest);
}
