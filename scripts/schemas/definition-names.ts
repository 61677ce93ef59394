import { kindOf } from './read-kinds.ts';
import type { Model } from './read-models.ts';

/** Types that every group uses, wherever else they are reached from. */
const metaTypes: ReadonlySet<string> = new Set(
  'Condition DeleteOptions FieldSelectorRequirement LabelSelector LabelSelectorRequirement ListMeta ManagedFieldsEntry ObjectMeta OwnerReference Preconditions ShardInfo Status StatusCause StatusDetails'.split(
    ' ',
  ),
);

/** Types of core that only another group reaches. */
const coreTypes: ReadonlySet<string> = new Set(['TopologySelectorLabelRequirement', 'TopologySelectorTerm']);

/** `V1PodSpec` → `io.k8s.api.core.v1.PodSpec`, for every model reached from a kind. A type that several groups reach belongs to meta or to core. */
export function definitionNames(
  models: ReadonlyMap<string, Model>,
  kinds: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const groups = new Map<string, Set<string>>();
  for (const [kind, model] of kinds) {
    for (const reached of reachable(model, models)) {
      const set = groups.get(reached) ?? new Set<string>();
      set.add(kind.slice(0, kind.lastIndexOf('/')));
      groups.set(reached, set);
    }
  }
  const names = new Map<string, string>();
  for (const [model, from] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kind = kindOf(model);
    const [only] = from;
    if (metaTypes.has(kind)) names.set(model, `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`);
    else if (from.size > 1 || only === undefined || coreTypes.has(kind)) names.set(model, `io.k8s.api.core.v1.${kind}`);
    else names.set(model, `${packageOf(only)}.${kind}`);
  }
  return names;
}

/** Every model named in a model, itself included. */
function reachable(model: string, models: ReadonlyMap<string, Model>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [model];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    const known = models.get(next);
    if (!known) continue;
    found.add(next);
    for (const field of known.fields) waiting.push(field.type.replaceAll(/\[\]|\{\}|!/g, ''));
  }
  return found;
}

function packageOf(apiVersion: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const short = group?.split('.')[0] ?? '';
  if (short === 'apiextensions') return `io.k8s.apiextensions-apiserver.pkg.apis.${short}.${version}`;
  if (short === 'apiregistration') return `io.k8s.kube-aggregator.pkg.apis.${short}.${version}`;
  return `io.k8s.api.${short}.${version}`;
}
