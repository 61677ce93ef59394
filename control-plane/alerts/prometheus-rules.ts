import { formatPrometheusDuration } from './prometheus-duration.ts';
import type { AlertRule } from './alert-rule.ts';

/** A rule file's `groups`, as Prometheus reads it. */
export interface RuleGroups {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

/** The same alerts for a Prometheus that scrapes the cluster. */
export function ruleGroups(rules: readonly AlertRule[]): RuleGroups {
  return {
    groups: [
      {
        name: 'vigil',
        rules: rules.map(({ name, severity, forMs, prometheus }) => {
          const waitMs = prometheus.forMs ?? forMs;
          return {
            alert: name,
            expr: prometheus.expr,
            ...(waitMs > 0 ? { for: formatPrometheusDuration(waitMs) } : {}),
            labels: { severity },
            annotations: { summary: prometheus.summary, description: prometheus.description },
          };
        }),
      },
    ],
  };
}

/** For the Prometheus operator. */
export function prometheusRule(rules: readonly AlertRule[]): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'vigil',
      labels: { 'app.kubernetes.io/name': 'vigil', 'app.kubernetes.io/part-of': 'vigil', role: 'alert-rules' },
    },
    spec: ruleGroups(rules),
  };
}
