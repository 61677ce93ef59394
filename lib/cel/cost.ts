import { CelError } from './cel-error.ts';

/** Upstream's limits, in its units: about a tenth of a second for one expression, a second for all that one object or policy asks. */
const PER_CALL_LIMIT = 1_000_000;
export const RUNTIME_BUDGET = 10_000_000;
/** For the conditions by which a webhook or policy is asked at all. */
export const MATCH_CONDITIONS_BUDGET = 2_500_000;

/** An expression was cut off. Nothing further of the same request is to be evaluated. */
export class CelCostError extends CelError {
  /** Whether it was one expression that took too long, or all together did. */
  readonly isOfCall: boolean;

  constructor(isOfCall: boolean) {
    super(
      isOfCall
        ? 'operation cancelled: actual cost limit exceeded'
        : 'validation failed due to running out of cost budget, no further validation rules will be run',
    );
    this.name = 'CelCostError';
    this.isOfCall = isOfCall;
  }
}

/** What is left for the expressions of one request. */
export class CostBudget {
  #left: number;

  constructor(budget = RUNTIME_BUDGET) {
    this.#left = budget;
  }

  get left(): number {
    return this.#left;
  }

  /** Runs one expression. Throws `CelCostError` when it costs more than one may, or more than is left. */
  run<T>(evaluate: () => T): T {
    const before = spent;
    const limitBefore = limit;
    spent = 0;
    limit = Math.min(PER_CALL_LIMIT, this.#left);
    try {
      const result = evaluate();
      if (spent > limit) throw new CelCostError(limit === PER_CALL_LIMIT);
      return result;
    } catch (error) {
      // Errors inside `||`, `&&` and loops are kept back; the cut is not.
      if (spent > limit) throw new CelCostError(limit === PER_CALL_LIMIT);
      throw error;
    } finally {
      this.#left -= spent;
      spent = before;
      limit = limitBefore;
    }
  }
}

// Evaluation is synchronous, so that the expression that is running is the only one.
let spent = 0;
let limit = Number.POSITIVE_INFINITY;

/** Adds to what the running expression costs. Throws when that is too much. */
export function spend(cost: number): void {
  spent += cost;
  if (spent > limit) throw new CelCostError(true);
}
