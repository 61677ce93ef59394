import type { HorizontalPodAutoscaler } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';
import { validateAutoscalerSpec } from './horizontal-pod-autoscaler-validation.ts';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  default({ spec }) {
    if (!spec) return;
    spec.minReplicas ??= 1;
    if (!spec.metrics || spec.metrics.length === 0) {
      spec.metrics = [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ];
    }
    // Rules are filled in only where the author began to write some; the autoscaler knows the others.
    if (!spec.behavior) return;
    spec.behavior = {
      scaleUp: withDefaults(spec.behavior.scaleUp, {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      }),
      scaleDown: withDefaults(spec.behavior.scaleDown, {
        selectPolicy: 'Max',
        policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
      }),
    };
  },
  prepareForCreate(autoscaler) {
    delete autoscaler.status;
  },
  validate: ({ spec }) => (spec ? validateAutoscalerSpec(spec) : [requiredValue('spec.scaleTargetRef.name')]),
};

function withDefaults(rules: Rules | undefined, defaults: Rules): Rules {
  const present = Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined));
  return { ...defaults, ...present };
}
