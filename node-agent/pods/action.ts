import type { Pod } from '../../lib/kube/types.ts';
import type { EngineAmounts, EngineContainer } from '../runtime/runtime.ts';
import type { BackOffSettings } from './back-off.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { PodContainer } from './pod-containers.ts';

/** Why a probe wants a container gone. */
export interface ProbeFailure {
  readonly probe: 'liveness' | 'startup';
  /** The probe's own grace; absent = the pod's. */
  readonly graceMs?: number | undefined;
}

/** What probes have found out, by container ID. */
export interface ProbeView {
  /** True when there is no startup probe or it has succeeded. */
  isStarted(containerId: string): boolean;
  /** True when there is no readiness probe or it holds. */
  isReady(containerId: string): boolean;
  failure(containerId: string): ProbeFailure | undefined;
}

/** Why something is not tried again just yet. */
export interface Hold {
  readonly untilMs: number;
}

export interface PlanInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly probes: ProbeView;
  /** Runs that are to be ended and started anew, whatever the engine shows of them. */
  readonly toRenew?: ReadonlySet<string> | undefined;
  /** Runs that were ended to be started anew: they are, at once and whatever the restart policy. */
  readonly renewed?: ReadonlySet<string> | undefined;
  /** What is being done at this moment: container names, `sandbox`, `volumes`. Nothing is planned for these. */
  readonly busy: ReadonlySet<string>;
  /** Failed attempts by key, with the time of the next. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly areVolumesReady: boolean;
  /** True for a pod that is gone from the API, was rejected, evicted or ran out of time: it only ends. */
  readonly mustStop: boolean;
  /** When stopping began; the grace is counted from here. */
  readonly stoppingSinceMs?: number | undefined;
  readonly backOff: BackOffSettings;
  /** Restarts that the API knows of, for containers whose runs are gone from the engine. */
  readonly knownRestarts: (container: string) => number | undefined;
  readonly nowMs: number;
}

export type Action =
  | { readonly kind: 'prepare-volumes' }
  | { readonly kind: 'create-sandbox'; readonly attempt: number }
  | { readonly kind: 'stop-sandbox'; readonly id: string }
  | {
      readonly kind: 'start-container';
      readonly container: PodContainer;
      readonly sandbox: EngineContainer;
      readonly restartCount: number;
      readonly backOffStep: number;
      /** A container that was made and never started, left by an agent that died in between. */
      readonly replaces?: string | undefined;
      /** The running container whose processes this one is to see. */
      readonly target?: EngineContainer | undefined;
    }
  | {
      readonly kind: 'stop-container';
      readonly run: EngineContainer;
      readonly graceMs: number;
      readonly because: StopCause;
    }
  | {
      readonly kind: 'resize-container';
      readonly run: EngineContainer;
      readonly amounts: EngineAmounts;
      readonly lowersMemory: boolean;
    };

export type StopCause = 'pod-ends' | 'liveness' | 'startup' | 'sandbox-changed' | 'spec-changed' | 'resize';

export interface Plan {
  readonly actions: readonly Action[];
  /** When to look again although nothing changed. */
  readonly wakeAtMs?: number | undefined;
  /** Containers that wait for their back-off, with its length. */
  readonly backingOff: ReadonlyMap<string, number>;
}

/** What an action keeps busy. */
export function actionKey(action: Action): string {
  switch (action.kind) {
    case 'prepare-volumes':
      return 'volumes';
    case 'create-sandbox':
    case 'stop-sandbox':
      return 'sandbox';
    case 'start-container':
      return action.container.name;
    case 'stop-container':
      return action.run.owner.containerName;
    case 'resize-container':
      return resizeKey(action.run.owner.containerName);
  }
}

/** A resize is tried again by itself and keeps its container from nothing. No container is named so. */
export function resizeKey(container: string): string {
  return `${container}/resize`;
}
