import type { HealthState, Verdict } from '../../../lib/health-api.ts';

const order: readonly HealthState[] = ['healthy', 'progressing', 'unknown', 'degraded', 'failing'];

/** Higher is worse. */
export function severityOf(state: HealthState): number {
  return order.indexOf(state);
}

/** The worst of several; among equals the first. */
export function worst<V extends Verdict>(verdicts: readonly V[]): V | undefined {
  let found: V | undefined;
  for (const verdict of verdicts) {
    if (!found || severityOf(verdict.state) > severityOf(found.state)) found = verdict;
  }
  return found;
}
