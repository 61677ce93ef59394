import type { Principal } from '../security/principal.ts';

/** The query, narrowed to the documents of these indices that the principal may see. */
export function limitedQuery(principal: Principal, indices: readonly string[], query: unknown): unknown {
  const perIndex = indices.map((index) => ({ index, limits: principal.limits('read', index) }));
  if (perIndex.every(({ limits }) => limits.length === 0)) return query;
  const groups = new Map<string, { readonly names: string[]; readonly limits: readonly unknown[] }>();
  for (const { index, limits } of perIndex) {
    const key = JSON.stringify(limits);
    const group = groups.get(key);
    if (group) group.names.push(index);
    else groups.set(key, { names: [index], limits });
  }
  const [only] = groups.values();
  const filter =
    groups.size === 1 && only
      ? only.limits
      : [
          {
            bool: {
              should: [...groups.values()].map(({ names, limits }) => ({
                bool: { filter: [{ terms: { _index: names } }, ...limits] },
              })),
            },
          },
        ];
  return { bool: { ...(query === undefined || query === null ? {} : { must: [query] }), filter } };
}
