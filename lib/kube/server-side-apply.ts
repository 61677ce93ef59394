import { FieldSet } from './field-set.ts';
import { fieldsLastApplied, withLastApplied } from './last-applied.ts';
import {
  entriesOf,
  isSame,
  manageableChanges,
  manageableFields,
  managersOf,
  newManager,
  withFields,
  type Change,
  type Manager,
} from './managed-fields.ts';
import { rootAt, type TypeRoot } from './merge-shape.ts';
import { removeFields, mergeTyped } from './typed-merge.ts';
import type { KubeObject, StatusCause } from './types.ts';

/** Who owned everything in an object that nobody had applied before. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

export interface ApplyOptions extends Change {
  /** Take over fields that others manage. */
  readonly force: boolean;
}

/** Fields that the configuration sets otherwise than their managers did; the message is the API's. */
export class ApplyConflict extends Error {
  readonly causes: readonly StatusCause[];

  constructor(conflicts: readonly { readonly manager: string; readonly path: string }[]) {
    super(conflictMessage(conflicts));
    this.name = 'ApplyConflict';
    this.causes = conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field: path,
    }));
  }
}

/**
 * Server-side apply: lays `config` over `live` (absent: there is no object yet), drops what this manager applied before and no longer does unless somebody
 * else manages it too, and notes who manages what. Neither argument is changed. Throws `ApplyConflict` unless `force`.
 * Source: KEP-555 and `sigs.k8s.io/structured-merge-diff`.
 */
export function serverSideApply<T extends KubeObject>(
  root: TypeRoot,
  live: T | undefined,
  config: T,
  options: ApplyOptions,
): T {
  const at = rootAt(root);
  const applied = manageableFields(root, config);
  const managers = live ? managersBefore(root, live, options) : [];
  const own = managers.find(({ entry }) => isSame(entry, 'Apply', options));
  const merged = mergeTyped(at, live, withoutManagedFields(config)) as T;
  const others = resolveConflicts(
    managers.filter((manager) => manager !== own),
    live ? manageableChanges(root, live, merged).changed.intersection(applied) : FieldSet.empty,
    options.force,
    live ? fieldsLastApplied(root, live, options.manager, options.apiVersion) : FieldSet.empty,
  );
  const stillManaged = others.reduce((all, { fields }) => all.union(fields), applied);
  const dropped = (own?.fields ?? FieldSet.empty).difference(stillManaged);
  const left = (removeFields(at, merged, removable(dropped, stillManaged)) ?? {}) as T;
  const result = withLastApplied(left, config, options.manager);
  const gone = live
    ? manageableFields(root, live).difference(withParents(manageableFields(root, result)))
    : FieldSet.empty;
  // What somebody manages that was not there before either, like an empty map, stays his.
  const kept = others.map((manager) => withFields(manager, manager.fields.difference(gone)));
  const mine = own ? withFields(own, applied) : newManager('Apply', options, applied);
  const stamped = mine === own ? mine : newManager('Apply', options, applied);
  return { ...result, metadata: { ...result.metadata, managedFields: entriesOf([...kept, stamped]) } };
}

function withoutManagedFields<T extends KubeObject>(config: T): T {
  const { managedFields: _managed, ...metadata } = config.metadata ?? {};
  return { ...config, metadata };
}

/** An object that nobody has applied yet belongs to whoever wrote it before. */
function managersBefore(root: TypeRoot, live: KubeObject, options: ApplyOptions): readonly Manager[] {
  const managers = managersOf(live);
  if (managers.length > 0) return managers;
  const time = live.metadata?.creationTimestamp ?? options.time;
  const change: Change = { manager: BEFORE_FIRST_APPLY, apiVersion: options.apiVersion, time };
  return [newManager('Update', change, manageableFields(root, live))];
}

/** Who sets a field otherwise takes it over, by force or not at all; what is his own already, although somebody else is noted for it, needs no force. */
function resolveConflicts(
  others: readonly Manager[],
  changed: FieldSet,
  isForced: boolean,
  own: FieldSet,
): readonly Manager[] {
  const conflicts: { manager: string; path: string }[] = [];
  const left = others.map((manager) => {
    const contested = manager.fields.intersection(changed);
    if (contested.isEmpty) return manager;
    for (const path of contested.difference(own).paths()) conflicts.push({ manager: describe(manager), path });
    return withFields(manager, manager.fields.difference(contested));
  });
  if (conflicts.length > 0 && !isForced) throw new ApplyConflict(conflicts);
  return left;
}

/**
 * What goes when these fields are no longer managed. A structure in which nobody manages anything any more goes as a whole, with what defaults put into it;
 * where something is still managed, only the fields themselves go. The object's own first two levels stay.
 */
function removable(fields: FieldSet, managed: FieldSet, depth = 0): FieldSet {
  if (managed.isEmpty && (fields.isMember || depth >= 2)) return new FieldSet(true, new Map());
  const children = [...fields.children].map(
    ([element, below]) =>
      [element, removable(below, managed.children.get(element) ?? FieldSet.empty, depth + 1)] as const,
  );
  return new FieldSet(false, new Map(children));
}

/** Parents of members count as present: managers may list them. */
function withParents(fields: FieldSet): FieldSet {
  return new FieldSet(true, new Map([...fields.children].map(([element, below]) => [element, withParents(below)])));
}

function describe({ entry }: Manager): string {
  const subresource = entry.subresource ? ` with subresource ${JSON.stringify(entry.subresource)}` : '';
  const using = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
  return `${JSON.stringify(entry.manager)}${subresource}${using}`;
}

function conflictMessage(conflicts: readonly { readonly manager: string; readonly path: string }[]): string {
  const byManager = new Map<string, string[]>();
  for (const { manager, path } of conflicts) {
    const paths = byManager.get(manager);
    if (paths) paths.push(path);
    else byManager.set(manager, [path]);
  }
  const lines = [...byManager].map(([manager, paths]) =>
    paths.length === 1
      ? `conflict with ${manager}: ${paths[0]}`
      : `conflicts with ${manager}:\n${paths.map((path) => `- ${path}`).join('\n')}`,
  );
  const count = conflicts.length;
  return `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: ${lines.join('\n')}`;
}
