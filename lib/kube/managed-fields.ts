import { FieldSet } from './field-set.ts';
import { rootAt, type TypeRoot } from './merge-shape.ts';
import { compareFields, fieldsOf } from './typed-fields.ts';
import type { KubeObject, ObjectMeta } from './types.ts';

export type ManagedFieldsEntry = NonNullable<ObjectMeta['managedFields']>[number];

/** Who manages which fields of an object, and how. */
export interface Manager {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

/** Who made a change. */
export interface Change {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339. */
  readonly time: string;
}

/** More managers than this are not kept apart: the oldest updates become one, as upstream does. */
const MAX_UPDATE_MANAGERS = 10;

/** Nobody's fields: they name the object or are the server's. */
const unmanaged = FieldSet.fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': Object.fromEntries([
    ['.', {}],
    ...[
      'name',
      'namespace',
      'uid',
      'generation',
      'resourceVersion',
      'creationTimestamp',
      'selfLink',
      'managedFields',
    ].map((name) => [`f:${name}`, {}] as const),
  ]),
});

export function managersOf(object: KubeObject): readonly Manager[] {
  return (object.metadata?.managedFields ?? [])
    .filter((entry) => entry.manager !== undefined && entry.operation !== undefined)
    .map((entry) => ({ entry, fields: FieldSet.fromFieldsV1(entry.fieldsV1) }));
}

/** The fields of an object that somebody can manage. */
export function manageableFields(root: TypeRoot, object: KubeObject): FieldSet {
  const { managedFields: _managed, ...metadata } = object.metadata ?? {};
  return withoutUnmanaged(fieldsOf(rootAt(root), { ...object, metadata }));
}

/** What a write changed, as far as it can be managed. */
export function manageableChanges(
  root: TypeRoot,
  before: KubeObject,
  after: KubeObject,
): { readonly changed: FieldSet; readonly removed: FieldSet } {
  const { changed, removed } = compareFields(rootAt(root), before, after);
  return { changed: withoutUnmanaged(changed), removed: withoutUnmanaged(removed) };
}

/**
 * Who manages what after an ordinary update: who changed a field manages it, alone; nobody manages what is gone. Only asked for objects whose fields are
 * managed at all, which begins with the first server-side apply.
 */
export function managedFieldsAfterUpdate(
  root: TypeRoot,
  before: KubeObject,
  after: KubeObject,
  change: Change,
): ManagedFieldsEntry[] {
  const { changed, removed } = manageableChanges(root, before, after);
  const managers = managersOf(before);
  if (changed.isEmpty && removed.isEmpty) return managers.map(({ entry }) => entry);
  const gone = changed.union(removed);
  const own = managers.find(({ entry }) => isSame(entry, 'Update', change));
  const others = managers
    .filter((manager) => manager !== own)
    .map((manager) => withFields(manager, manager.fields.difference(gone)));
  const fields = (own?.fields ?? FieldSet.empty).difference(removed).union(changed);
  return entriesOf([...others, newManager('Update', change, fields)]);
}

/** True when the entry is this manager's for this kind of operation. */
export function isSame(entry: ManagedFieldsEntry, operation: 'Apply' | 'Update', change: Change): boolean {
  return (
    entry.manager === change.manager &&
    entry.operation === operation &&
    (entry.subresource ?? '') === (change.subresource ?? '') &&
    (operation === 'Apply' || entry.apiVersion === change.apiVersion)
  );
}

export function newManager(operation: 'Apply' | 'Update', change: Change, fields: FieldSet): Manager {
  return {
    entry: {
      manager: change.manager,
      operation,
      apiVersion: change.apiVersion,
      time: change.time,
      fieldsType: 'FieldsV1',
      fieldsV1: fields.toFieldsV1(),
      ...(change.subresource ? { subresource: change.subresource } : {}),
    },
    fields,
  };
}

/** The manager with other fields; unchanged when they are the same, so that its time stays. */
export function withFields(manager: Manager, fields: FieldSet): Manager {
  if (fields.equals(manager.fields)) return manager;
  return { entry: { ...manager.entry, fieldsV1: fields.toFieldsV1() }, fields };
}

/** As kept in the object: managers of nothing are left out, appliers come first, many updaters become one. */
export function entriesOf(managers: readonly Manager[]): ManagedFieldsEntry[] {
  const present = managers.filter(({ fields }) => !fields.isEmpty);
  const byTime = (a: Manager, b: Manager) => (a.entry.time ?? '').localeCompare(b.entry.time ?? '');
  const appliers = present.filter(({ entry }) => entry.operation === 'Apply').sort(byTime);
  const updaters = present.filter(({ entry }) => entry.operation !== 'Apply').sort(byTime);
  const surplus = updaters.splice(0, Math.max(0, updaters.length - MAX_UPDATE_MANAGERS));
  const [first] = surplus;
  const joined = first
    ? [
        newManager(
          'Update',
          {
            manager: 'ancient-changes',
            apiVersion: first.entry.apiVersion ?? 'v1',
            time: first.entry.time ?? '',
          },
          surplus.reduce((all, { fields }) => all.union(fields), FieldSet.empty),
        ),
      ]
    : [];
  return [...appliers, ...joined, ...updaters].map(({ entry }) => entry);
}

function withoutUnmanaged(fields: FieldSet): FieldSet {
  return fields.difference(unmanaged);
}
