import { readFileSync } from 'node:fs';

/**
 * The published types of Kubernetes as tables (`scripts/generate-schemas.ts`). The text is read and parsed at the first question, and only by who asks.
 *
 * The type of a field is written `[]` for a list, `{}` for a map with string keys, then the name of a model or one of `string`, `boolean`, `int32`, `int64`,
 * `double`, `bytes` (base64), `time`, `micro-time`, `quantity`, `int-or-string`, `any`, then `!` when the field is required.
 */
interface TypeTable {
  /** As in OpenAPI: `io.k8s.api.core.v1.Pod`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface SchemaTables {
  /** `apps/v1/Deployment` → `V1Deployment`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, TypeTable>>;
}

export interface TypeDescriptions {
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
}

type GoTypes = Readonly<Record<string, Readonly<Record<string, string>>>>;

let tables: SchemaTables | undefined;
let goTypes: GoTypes | undefined;

export function schemaTables(): SchemaTables {
  tables ??= readGenerated('schemas.json') as SchemaTables;
  return tables;
}

/** What each type and field is for. Large, seldom asked for, and therefore not kept: the caller drops it when done. */
export function readDescriptions(): Readonly<Record<string, TypeDescriptions>> {
  return readGenerated('descriptions.json') as Readonly<Record<string, TypeDescriptions>>;
}

/** The name of the type of a kind; `undefined` when it is not one of the published ones. */
export function typeOfKind(apiVersion: string, kind: string): string | undefined {
  return lookup(schemaTables().kinds, `${apiVersion}/${kind}`);
}

/** The type of a field without the mark for required; `undefined` when there is no such field. */
export function fieldType(typeName: string, field: string): string | undefined {
  const fields = lookup(schemaTables().types, typeName)?.fields;
  return fields && lookup(fields, field)?.replace('!', '');
}

/** What `scripts/go-types/` found of a field: `INLINED/TYPE?`; `undefined` when there is nothing to say. */
export function goTypeRow(typeName: string, field: string): string | undefined {
  goTypes ??= readGenerated('go-types.json') as GoTypes;
  const rows = lookup(goTypes, typeName);
  return rows && lookup(rows, field);
}

/** Own members only: `constructor` is not a field. */
function lookup<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function readGenerated(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./generated/${name}`, import.meta.url), 'utf8'));
}
