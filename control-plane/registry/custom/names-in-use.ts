import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import type { ResourceDefinition } from '../definition.ts';

/**
 * Why a definition may not have its names: another kind of the group has one of them. `undefined` when they are free.
 * The message is upstream's.
 */
export function nameConflict(
  { spec: { group, names } }: CustomResourceDefinition,
  others: Iterable<ResourceDefinition>,
): { readonly reason: string; readonly message: string } | undefined {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { resource } of others) {
    if (resource.group !== group || resource.plural === names.plural) continue;
    for (const name of [resource.plural, resource.singular, ...resource.shortNames]) resources.add(name);
    kinds.add(resource.kind);
    kinds.add(`${resource.kind}List`);
  }
  const checks: readonly (readonly [string, string | undefined, ReadonlySet<string>])[] = [
    ['SingularConflict', names.singular, resources],
    ...(names.shortNames ?? []).map((name) => ['ShortNamesConflict', name, resources] as const),
    ['KindConflict', names.kind, kinds],
    ['ListKindConflict', names.listKind, kinds],
  ];
  const found = checks.find(([, name, taken]) => name !== undefined && taken.has(name));
  return found && { reason: found[0], message: `"${found[1]}" is already in use` };
}
