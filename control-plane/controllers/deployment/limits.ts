import type { Deployment } from '../../../lib/kube/types.ts';

/** How far a rolling update may stray from the wanted number of pods. */
interface RolloutLimits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

function resolve(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const share = (Number.parseFloat(value) * total) / 100;
  if (!value.endsWith('%')) return Number.parseInt(value, 10) || 0;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/**
 * Pods above and below `spec.replicas`: per cent of surge round up, of unavailability down; when both come to 0 one may be missing, or nothing could move.
 * All zero for `Recreate`.
 */
export function rolloutLimits(deployment: Deployment): RolloutLimits {
  const strategy = deployment.spec?.strategy;
  const replicas = deployment.spec?.replicas ?? 1;
  if (strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = resolve(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, true);
  const maxUnavailable = resolve(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, false);
  return {
    maxSurge,
    maxUnavailable: Math.min(maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable, replicas),
  };
}
