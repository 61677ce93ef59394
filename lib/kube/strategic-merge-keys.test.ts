import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeRules } from './merge-keys.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

type Item = Readonly<Record<string, unknown>>;

/** Every list that is merged by a key, as the OpenAPI document says (`x-kubernetes-patch-merge-key`). */
const keyed = Object.entries(mergeRules).flatMap(([place, { patch, patchKey }]) => {
  const [model = '', field = ''] = place.split('.');
  return patch?.includes('merge') && patchKey !== undefined ? [{ model, field, key: patchKey }] : [];
});

/** Items with different keys, and a member that nobody knows, which is merged like any. */
const items = (key: string) =>
  fc.uniqueArray(fc.record({ [key]: fc.constantFrom('a', 'b', 'c', 'd', 'e'), other: fc.nat(3) }), {
    selector: (item) => item[key],
    maxLength: 5,
  });

describe.each(keyed)('$model.$field, merged by $key', ({ model, field, key }) => {
  const apply = (list: readonly Item[], patch: readonly Item[]) =>
    (applyStrategicMergePatch(model, { [field]: list }, { [field]: patch }) as Record<string, Item[]>)[field] ?? [];
  const byKey = (list: readonly Item[]) => new Map(list.map((item) => [item[key], item]));

  it('has what the patch says and what it does not speak of, each once, and the same when it is patched again', () => {
    fc.assert(
      fc.property(items(key), items(key), (list, patch) => {
        const once = apply(list, patch);
        expect(apply(once, patch)).toEqual(once);
        expect(byKey(once)).toEqual(new Map([...byKey(list), ...byKey(patch)]));
        expect(once).toHaveLength(byKey(once).size);
      }),
      { numRuns: 30 },
    );
  });

  it('has no longer what the patch deletes', () => {
    fc.assert(
      fc.property(items(key), fc.constantFrom('a', 'b', 'c'), (list, gone) => {
        const once = apply(list, [{ [key]: gone, $patch: 'delete' }]);
        expect(once).toEqual(list.filter((item) => item[key] !== gone));
      }),
      { numRuns: 20 },
    );
  });
});

it('knows the lists of containers, volumes, ports and the like', () => expect(keyed.length).toBeGreaterThan(20));
