import type { ProbeAction, ProbeOutcome, ProbeType } from '../../lib/signals/records.ts';
import type { ProbeSpec } from './probe-spec.ts';

/** What is remembered of a probe between attempts; persisted, so that an agent that starts anew goes on where it stopped. */
export interface ProbeState {
  /** What the pod's status shows: for liveness and startup, `failure` means that the container is to end. */
  readonly published: ProbeOutcome;
  readonly last: 'success' | 'failure' | 'none';
  /** Equal outcomes in a row, of `last`. */
  readonly run: number;
  /** Attempts in a row that could not be made. */
  readonly unknownRun: number;
}

/** Before the first result a container is not ready, alive and not known to have started. */
export function initialState(type: ProbeType): ProbeState {
  const published = type === 'readiness' ? 'failure' : type === 'liveness' ? 'success' : 'unknown';
  return { published, last: 'none', run: 0, unknownRun: 0 };
}

export interface ProbeDecision {
  readonly state: ProbeState;
  readonly outcome: ProbeOutcome;
  readonly run: number;
  readonly threshold: number;
  readonly action: ProbeAction;
}

/**
 * What one attempt means. Pure. An attempt that could not be made changes nothing; equal results are counted; below the threshold the published state stays.
 */
export function decide(
  state: ProbeState,
  spec: Pick<ProbeSpec, 'type' | 'successThreshold' | 'failureThreshold'>,
  result: 'success' | 'failure' | 'errored',
): ProbeDecision {
  if (result === 'errored') {
    const unknownRun = state.unknownRun + 1;
    const kept = { ...state, unknownRun };
    return { state: kept, outcome: 'unknown', run: unknownRun, threshold: spec.failureThreshold, action: 'none' };
  }
  const run = state.last === result ? state.run + 1 : 1;
  const threshold = result === 'success' ? spec.successThreshold : spec.failureThreshold;
  const isReached = run >= threshold;
  const published = isReached ? result : state.published;
  return {
    state: { published, last: result, run, unknownRun: 0 },
    outcome: result,
    run,
    threshold,
    action: isReached && published !== state.published ? actionOf(spec.type, result) : 'none',
  };
}

function actionOf(type: ProbeType, published: 'success' | 'failure'): ProbeAction {
  if (type === 'readiness') return published === 'success' ? 'became-ready' : 'became-not-ready';
  if (published === 'failure') return 'restart';
  return type === 'startup' ? 'started' : 'none';
}
