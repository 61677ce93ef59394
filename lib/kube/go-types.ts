import { goTypeName } from './go-type-names.ts';
import { goTypeRow } from './schema-tables.ts';

/** What Go's types say of a field that the published models do not. */
export interface GoField {
  /** As messages call it: `VolumeSource.emptyDir` for a member of a structure that is part of another. */
  readonly goName: string;
  /** `v1.PullPolicy`, `[]v1.IPFamily`; `v1.ResourceList=map[v1.ResourceName]resource.Quantity` for a name and what it stands for. */
  readonly goType: string;
  /** An empty text, a zero and `false` are the same as nothing, and are left out. */
  readonly omitsZero: boolean;
}

/** `type` is that of the tables, without the mark for required. */
export function goField(typeName: string, field: string, type: string): GoField {
  const [, inlined = '', goType, mark] = /^((?:\w+\/)*)([^?]*)(\??)$/.exec(goTypeRow(typeName, field) ?? '') ?? [];
  return {
    goName: `${inlined.replaceAll('/', '.')}${field}`,
    goType: goType || goTypeName(type),
    omitsZero: mark === '?',
  };
}

/** The items' type, of a list's or a map's. */
export function goItemType(goType: string): string | undefined {
  const stands = isComposite(goType) ? goType : goType.slice(goType.indexOf('=') + 1);
  return /^(?:\[\]|map\[[\w.]+\])(.+)$/.exec(stands)?.[1];
}

/** As messages show it: a name without what it stands for. */
export function shownGoType(goType: string): string {
  return goType.replace(/=.*$/, '');
}

function isComposite(goType: string): boolean {
  return goType.startsWith('[]') || goType.startsWith('map[');
}
