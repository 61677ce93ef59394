import type { EngineContainer } from '../runtime/runtime.ts';
import type { Action, Plan, PlanInput } from './action.ts';
import { podGraceMs, sidecarsOf } from './pod-containers.ts';

/** Sidecars are stopped after the others and still get a moment when those used up the grace. */
const MIN_GRACE_MS = 2_000;

/**
 * Ends a pod: ordinary containers together, then sidecars one by one in reverse order, then the sandbox. Works for pods that are gone from the API too, since what
 * runs is taken from the engine and not from the spec.
 */
export function planStop(input: PlanInput): Plan {
  const { pod, observed, busy, nowMs } = input;
  const sidecars = sidecarsOf(pod).map((container) => container.name);
  const running: EngineContainer[] = [];
  for (const runs of observed.runs.values()) running.push(...runs.filter((run) => run.state === 'running'));
  const actions: Action[] = [];
  const elapsedMs = nowMs - (input.stoppingSinceMs ?? nowMs);
  const graceMs = podGraceMs(pod);
  const leftMs = graceMs === 0 ? 0 : Math.max(MIN_GRACE_MS, graceMs - elapsedMs);
  const stop = (run: EngineContainer, grace: number) => {
    if (!busy.has(run.owner.containerName)) {
      actions.push({ kind: 'stop-container', run, graceMs: grace, because: 'pod-ends' });
    }
  };
  const others = running.filter((run) => !sidecars.includes(run.owner.containerName));
  for (const run of others) stop(run, graceMs);
  const startingNow = [...busy].some((key) => key !== 'sandbox' && key !== 'volumes');
  if (others.length === 0 && !startingNow) {
    const last = sidecars.findLast((name) => running.some((run) => run.owner.containerName === name));
    if (last !== undefined) {
      for (const run of running) if (run.owner.containerName === last) stop(run, leftMs);
    } else if (!busy.has('sandbox')) {
      for (const sandbox of observed.sandboxes) {
        if (sandbox.state === 'running') actions.push({ kind: 'stop-sandbox', id: sandbox.id });
      }
    }
  }
  return { actions, backingOff: new Map() };
}
