import type { LineTransform } from './line-transform.ts';

/** What a pod's `logs.vigil.dev/*` annotations ask for; `undefined` when lines are shipped as they are. */
export function transformFor(
  _annotations: Readonly<Record<string, string>>,
  _invalid: (annotation: string, reason: string) => void,
): LineTransform | undefined {
  return undefined;
}
