import { expect, test } from 'vitest';
import type { Pod } from '../../../lib/kube/types.ts';
import type { PodSpace } from './pod-space.ts';

/** A published test that one pod shows: it succeeds, and this is what it writes. */
export interface OutputCase {
  readonly name: string;
  readonly pod: Pod;
  readonly output: string;
}

/** A test for each case. The pods are made before, all at once (`podsOf`). */
export function testOutputs(space: PodSpace, cases: readonly OutputCase[]): void {
  for (const { name, pod, output } of cases)
    test(name, async () => {
      expect(await space.outputOf(pod.metadata?.name ?? '')).toBe(output);
    });
}

export function podsOf(cases: readonly OutputCase[]): readonly Pod[] {
  return cases.map(({ pod }) => pod);
}
