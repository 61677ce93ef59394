import type { Pod } from '../../lib/kube/types.ts';
import { actionKey, type Action, type Plan, type PlanInput } from './action.ts';
import { isAnythingRunning, runningSandbox, type ObservedPod } from './observed-pod.ts';
import { planContainers } from './plan-containers.ts';
import { planStop } from './plan-stop.ts';
import { allContainersOf, initContainersOf, isRestarted, isSidecar, mainContainersOf } from './pod-containers.ts';

const nothing: Plan = { actions: [], backingOff: new Map() };

/**
 * The next steps towards what the pod asks for, from what is there now. Pure. Steps that wait for others (a container for its sandbox) are planned once those are
 * seen to be done.
 */
export function computeActions(input: PlanInput): Plan {
  const { pod, observed, busy } = input;
  if (input.mustStop || isFinished(input)) return planStop(input);
  const actions: Action[] = [];
  const wakes: number[] = [];
  if (!input.areVolumesReady) addUnlessHeld(input, { kind: 'prepare-volumes' }, actions, wakes);
  const sandbox = runningSandbox(observed);
  if (sandbox) {
    if (!input.areVolumesReady && !hasRunningContainers(observed))
      return { ...nothing, actions, wakeAtMs: earliest(wakes) };
    const containers = planContainers(input, sandbox);
    return {
      actions: [...actions, ...containers.actions],
      wakeAtMs: earliest([...wakes, ...(containers.wakeAtMs === undefined ? [] : [containers.wakeAtMs])]),
      backingOff: containers.backingOff,
    };
  }
  if (isAnythingRunning(observed) || anyContainerBusy(pod, busy)) {
    // The sandbox died under its containers: they have lost their network and end before a new one is made.
    const stop = planStop({ ...input, pod, mustStop: true });
    return {
      ...stop,
      actions: stop.actions.map((action) =>
        action.kind === 'stop-container' ? { ...action, because: 'sandbox-changed' as const } : action,
      ),
    };
  }
  const attempt = (observed.sandboxes[0]?.owner.restartCount ?? -1) + 1;
  addUnlessHeld(input, { kind: 'create-sandbox', attempt }, actions, wakes);
  return { ...nothing, actions, wakeAtMs: earliest(wakes) };
}

/** True when no container will run again: all ended and none is restarted, or an init container failed for good. */
function isFinished(input: Pick<PlanInput, 'pod' | 'observed' | 'renewed'>): boolean {
  const { pod, observed, renewed } = input;
  for (const container of initContainersOf(pod)) {
    if (isSidecar(container)) continue;
    const run = observed.runs.get(container.name)?.[0];
    if (run?.state !== 'exited') continue;
    if (run.exitCode !== 0 && !isRestarted(pod, container, 'init', run.exitCode ?? 0)) return true;
  }
  const mains = mainContainersOf(pod);
  return (
    mains.length > 0 &&
    mains.every((container) => {
      const run = observed.runs.get(container.name)?.[0];
      if (run?.state !== 'exited' || renewed?.has(run.id) === true) return false;
      return !isRestarted(pod, container, 'main', run.exitCode ?? 0);
    })
  );
}

function hasRunningContainers(observed: ObservedPod): boolean {
  return [...observed.runs.values()].some((list) => list[0]?.state === 'running');
}

function anyContainerBusy(pod: Pod, busy: ReadonlySet<string>): boolean {
  return allContainersOf(pod).some((container) => busy.has(container.name));
}

function addUnlessHeld(input: PlanInput, action: Action, actions: Action[], wakes: number[]): void {
  const key = actionKey(action);
  if (input.busy.has(key)) return;
  const hold = input.holds.get(key);
  if (hold && hold.untilMs > input.nowMs) wakes.push(hold.untilMs);
  else actions.push(action);
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}
