import type { HorizontalPodAutoscaler } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { countsInStatus } from './counts-in-status.ts';
import { validateAutoscalerSpec } from './horizontal-pod-autoscaler-validation.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Behavior = NonNullable<Spec['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  default(autoscaler) {
    const spec = (autoscaler.spec ??= {} as Spec);
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
  validate: ({ spec }, old) => validateAutoscalerSpec(spec, old?.spec),
  validateStatusUpdate: ({ status }) => countsInStatus(status, ['currentReplicas', 'desiredReplicas']),
};

function withDefaults(rules: Rules | undefined, defaults: Rules): Rules {
  const present = Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined));
  return { ...defaults, ...present };
}
