import type { Job } from '../../../lib/kube/types.ts';
import { parseIndexes } from './indexes.ts';

type Policy = NonNullable<NonNullable<Job['spec']>['successPolicy']>;

/** Which rule of a success policy is met first by the indexes that have succeeded; `undefined` when none is. Pure. */
export function metRule(
  policy: Policy | undefined,
  succeeded: ReadonlySet<number>,
  completions: number,
): number | undefined {
  const at = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const wanted = [...parseIndexes(succeededIndexes, completions)];
    return wanted.filter((index) => succeeded.has(index)).length >= (succeededCount ?? wanted.length);
  });
  return at < 0 ? undefined : at;
}
