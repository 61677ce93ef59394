import type { Pod } from '../../../lib/kube/types.ts';
import type { RevisionNames } from './status.ts';

export type StatefulSetAction =
  /** Make the pod of an ordinal from a revision's template, and before it its claims. */
  | { readonly kind: 'create'; readonly ordinal: number; readonly revision: string }
  | { readonly kind: 'delete'; readonly pod: Pod; readonly why: 'ended' | 'scaled away' | 'outdated' }
  /** Labels that somebody took away and the pod's identity needs. */
  | { readonly kind: 'relabel'; readonly pod: Pod; readonly labels: Readonly<Record<string, string>> };

/** What one step does, and whether the next ones must wait. */
export interface Step {
  readonly actions: readonly StatefulSetAction[];
  readonly waitsFor?: string | undefined;
}

export interface Slots {
  /** The pods of wanted ordinals. */
  readonly byOrdinal: ReadonlyMap<number, Pod>;
  readonly revisions: RevisionNames;
  readonly from: number;
  readonly to: number;
  readonly nowMs: number;
}
