import type { AlertEvidence, AlertSeverity } from '../../lib/alerts-api.ts';
import type { WorkloadRef } from '../../lib/health-api.ts';
import type { AlertFacts } from './alert-facts.ts';

/** One thing that is wrong, as a rule sees it now. */
export interface AlertInstance {
  /** What tells it from other instances of the rule; `alertname` and `severity` are added. Values must not change while it lasts. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly evidence: AlertEvidence;
  readonly object: {
    readonly kind: string;
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly uid?: string | undefined;
  };
  readonly workload?: WorkloadRef | undefined;
  /** The running container whose last lines belong to the evidence; absent when the evidence has them or there are none. */
  readonly tail?:
    | { readonly node: string; readonly namespace: string; readonly pod: string; readonly container: string }
    | undefined;
}

/** An alert that exists by default. `evaluate` is pure. */
export interface AlertRule {
  readonly name: string;
  readonly severity: AlertSeverity;
  /** How long it must be so before anybody is told. */
  readonly forMs: number;
  evaluate(facts: AlertFacts): readonly AlertInstance[];
  /** The same condition on Prometheus' metrics, for clusters that Prometheus watches. */
  readonly prometheus: {
    readonly expr: string;
    /** Go template as Prometheus expands it. */
    readonly summary: string;
    readonly description: string;
    /** When the metrics need a longer time than `forMs` to show it. */
    readonly forMs?: number | undefined;
  };
}
