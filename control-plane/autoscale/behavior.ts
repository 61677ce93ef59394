import { milliValue } from '../../lib/kube/quantity.ts';
import type { HorizontalPodAutoscaler } from '../../lib/kube/types.ts';
import type { Tolerance } from './replica-calculator.ts';

/** How fast an autoscaler may go, and how long it holds back. Source: autoscaling/v2 `HorizontalPodAutoscalerBehavior` and its defaults. */
export interface Behavior {
  readonly up: ScalingRules;
  readonly down: ScalingRules;
}

interface ScalingRules {
  readonly stabilizationMs: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly {
    readonly type: 'Pods' | 'Percent';
    readonly value: number;
    readonly periodMs: number;
  }[];
}

const DEFAULT_TOLERANCE = 0.1;

const defaults: Behavior = {
  up: {
    stabilizationMs: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodMs: 15_000 },
      { type: 'Percent', value: 100, periodMs: 15_000 },
    ],
  },
  down: {
    stabilizationMs: 300_000,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodMs: 15_000 }],
  },
};

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>['behavior'];

export function behaviorOf(spec: Spec): Behavior {
  return { up: rulesOf(spec?.scaleUp, defaults.up), down: rulesOf(spec?.scaleDown, defaults.down) };
}

export function toleranceOf(spec: Spec): Tolerance {
  const of = (text: string | undefined) => (text === undefined ? DEFAULT_TOLERANCE : milliValue(text) / 1000);
  return { up: of(spec?.scaleUp?.tolerance), down: of(spec?.scaleDown?.tolerance) };
}

type RulesSpec = NonNullable<Spec>['scaleUp'];

function rulesOf(spec: RulesSpec, fallback: ScalingRules): ScalingRules {
  const { stabilizationWindowSeconds, selectPolicy, policies } = spec ?? {};
  return {
    stabilizationMs:
      stabilizationWindowSeconds === undefined ? fallback.stabilizationMs : stabilizationWindowSeconds * 1000,
    selectPolicy: selectPolicy === 'Min' || selectPolicy === 'Disabled' ? selectPolicy : 'Max',
    policies: policies?.length
      ? policies.map(({ type, value, periodSeconds }) => ({
          type: type === 'Percent' ? 'Percent' : 'Pods',
          value,
          periodMs: periodSeconds * 1000,
        }))
      : fallback.policies,
  };
}

/** What an autoscaler wanted and did lately. */
export interface ScaleHistory {
  readonly recommendations: readonly { readonly timeMs: number; readonly replicas: number }[];
  /** `change` is positive for up, negative for down. */
  readonly events: readonly { readonly timeMs: number; readonly change: number }[];
}

export interface Limited {
  readonly replicas: number;
  /** Of the condition AbleToScale. */
  readonly stabilized: { readonly reason: string; readonly message: string };
  /** Of the condition ScalingLimited. */
  readonly limited: { readonly isLimited: boolean; readonly reason: string; readonly message: string };
}

/** From what the metrics ask for to what is done now: held back by recent recommendations, then by the permitted rate and the bounds. */
export function limitReplicas(
  current: number,
  desired: number,
  bounds: { readonly min: number; readonly max: number },
  behavior: Behavior,
  history: ScaleHistory,
  nowMs: number,
): Limited {
  const replicas = stabilize(current, desired, behavior, history, nowMs);
  const limited = limitRate(current, replicas, bounds, behavior, history, nowMs);
  return {
    replicas: limited.replicas,
    stabilized: stabilizedWords(current, desired, replicas),
    limited: limited.words,
  };
}

function stabilize(current: number, desired: number, behavior: Behavior, history: ScaleHistory, nowMs: number): number {
  let lowest = desired;
  let highest = desired;
  for (const { timeMs, replicas } of history.recommendations) {
    if (nowMs - timeMs < behavior.up.stabilizationMs) lowest = Math.min(lowest, replicas);
    if (nowMs - timeMs < behavior.down.stabilizationMs) highest = Math.max(highest, replicas);
  }
  return Math.min(Math.max(current, lowest), highest);
}

function stabilizedWords(current: number, desired: number, stabilized: number): Limited['stabilized'] {
  if (stabilized === desired) {
    return { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
  }
  return desired >= current
    ? {
        reason: 'ScaleUpStabilized',
        message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
      }
    : {
        reason: 'ScaleDownStabilized',
        message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
      };
}

interface RateLimited {
  readonly replicas: number;
  readonly words: Limited['limited'];
}

function limitRate(
  current: number,
  desired: number,
  { min, max }: { readonly min: number; readonly max: number },
  behavior: Behavior,
  history: ScaleHistory,
  nowMs: number,
): RateLimited {
  if (desired > current) {
    const fastest = Math.max(current, upLimit(current, behavior.up, history, nowMs));
    const most = Math.min(max, fastest);
    if (desired > most) {
      return max > fastest
        ? limited(most, 'ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate')
        : limited(most, 'TooManyReplicas', 'the desired replica count is more than the maximum replica count');
    }
  } else if (desired < current) {
    const fastest = Math.min(current, downLimit(current, behavior.down, history, nowMs));
    const least = Math.max(min, fastest);
    if (desired < least) {
      return min < fastest
        ? limited(least, 'ScaleDownLimit', 'the desired replica count is decreasing faster than the maximum scale rate')
        : limited(least, 'TooFewReplicas', 'the desired replica count is less than the minimum replica count');
    }
  } else if (desired > max || desired < min) {
    return limited(
      Math.min(Math.max(desired, min), max),
      'TooManyReplicas',
      'the desired replica count is out of bounds',
    );
  }
  return {
    replicas: desired,
    words: {
      isLimited: false,
      reason: 'DesiredWithinRange',
      message: 'the desired count is within the acceptable range',
    },
  };
}

function limited(replicas: number, reason: string, message: string): RateLimited {
  return { replicas, words: { isLimited: true, reason, message } };
}

function upLimit(current: number, rules: ScalingRules, history: ScaleHistory, nowMs: number): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const proposals = rules.policies.map(({ type, value, periodMs }) => {
    const start = periodStart(current, history, nowMs, periodMs);
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return rules.selectPolicy === 'Min' ? Math.min(...proposals) : Math.max(...proposals);
}

function downLimit(current: number, rules: ScalingRules, history: ScaleHistory, nowMs: number): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const proposals = rules.policies.map(({ type, value, periodMs }) => {
    const start = periodStart(current, history, nowMs, periodMs);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return rules.selectPolicy === 'Min' ? Math.max(...proposals) : Math.min(...proposals);
}

/** How many replicas there were when the period began. */
function periodStart(current: number, history: ScaleHistory, nowMs: number, periodMs: number): number {
  const changes = history.events.filter((event) => nowMs - event.timeMs < periodMs);
  return changes.reduce((replicas, { change }) => replicas - change, current);
}
