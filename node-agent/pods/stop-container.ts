import type { Pod } from '../../lib/kube/types.ts';
import { runHook } from './lifecycle-hooks.ts';
import type { Action, StopCause } from './action.ts';
import type { PodDeps } from './pod-deps.ts';
import { allContainersOf } from './pod-containers.ts';

type StopAction = Extract<Action, { kind: 'stop-container' }>;

/** After a preStop hook that used up the grace, a container still gets this long, as upstream. */
const MIN_GRACE_AFTER_HOOK_MS = 2_000;

/** preStop hook, stop signal, SIGKILL at the end of the grace. Resolves when the container is seen to have ended. */
export async function stopContainer(deps: PodDeps, pod: Pod, action: StopAction, signal: AbortSignal): Promise<void> {
  const { clock, runtime, observer, events } = deps;
  const { run, graceMs } = action;
  const container = allContainersOf(pod).find(({ name }) => name === run.owner.containerName);
  events.event(
    pod,
    'Normal',
    'Killing',
    killingMessage(run.owner.containerName, action.because),
    run.owner.containerName,
  );
  const beginMs = clock.monotonicMs();
  const handler = container?.lifecycle?.preStop;
  let leftMs = graceMs;
  if (container && handler && graceMs > 0) {
    const podIP = pod.spec?.hostNetwork === true ? deps.node.nodeIP : observer.pod(run.owner.podUid).sandboxes[0]?.ip;
    const failed = await runHook(handler, { container, run, podIP }, deps.runCheck, clock, graceMs, signal);
    if (failed !== undefined) {
      events.event(pod, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${failed}`, container.name);
    }
    leftMs = Math.max(graceMs - (clock.monotonicMs() - beginMs), MIN_GRACE_AFTER_HOOK_MS);
  }
  await runtime.stop(run.id, leftMs);
  await observer.refresh(run.id);
}

function killingMessage(name: string, cause: StopCause): string {
  switch (cause) {
    case 'liveness':
      return `Container ${name} failed liveness probe, will be restarted`;
    case 'startup':
      return `Container ${name} failed startup probe, will be restarted`;
    case 'spec-changed':
      return `Container ${name} definition changed, will be restarted`;
    case 'resize':
      return `Container ${name} resize requires restart`;
    case 'sandbox-changed':
    case 'pod-ends':
      return `Stopping container ${name}`;
  }
}
