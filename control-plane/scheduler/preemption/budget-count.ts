import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import type { Pod, PodDisruptionBudget } from '../../../lib/kube/types.ts';

/** Counts what disruption budgets still allow while pods are picked one after the other. */
export class BudgetCount {
  readonly #budgets: readonly {
    readonly budget: PodDisruptionBudget;
    readonly matches: (pod: Pod) => boolean;
    left: number;
  }[];

  constructor(budgets: readonly PodDisruptionBudget[]) {
    this.#budgets = budgets.map((budget) => {
      const { namespace } = budget.metadata ?? {};
      const matcher = budget.spec?.selector && labelMatcher(budget.spec.selector);
      return {
        budget,
        matches: ({ metadata }) => metadata?.namespace === namespace && matcher?.matches(metadata?.labels) === true,
        left: budget.status?.disruptionsAllowed ?? 0,
      };
    });
  }

  /** Whether a budget keeps the pod, with those before it gone. */
  isKept(pod: Pod): boolean {
    let isKept = false;
    for (const one of this.#budgets) {
      if (!one.matches(pod)) continue;
      // Its disruption has been counted already.
      if (Object.hasOwn(one.budget.status?.disruptedPods ?? {}, pod.metadata?.name ?? '')) continue;
      one.left--;
      if (one.left < 0) isKept = true;
    }
    return isKept;
  }
}
