import { kubeTime } from '../../lib/kube/time.ts';
import type { ContainerStatus, Pod, PodCondition } from '../../lib/kube/types.ts';
import { initContainersOf, isSidecar, mainContainersOf, sidecarsOf } from './pod-containers.ts';

export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: string;
  readonly hasSandbox: boolean;
  readonly initStatuses: readonly ContainerStatus[];
  readonly mainStatuses: readonly ContainerStatus[];
  readonly resize?: ResizeView | undefined;
  readonly nowMs: number;
}

/** What is to be said of resources that the pod wants and does not have. */
export interface ResizeView {
  readonly pending?: { readonly reason: string; readonly message: string; readonly generation: number } | undefined;
  readonly inProgress?: { readonly error?: string | undefined; readonly generation: number } | undefined;
}

type Fact = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message' | 'observedGeneration'>;

/** The conditions that the agent owns; those of others are kept as they are. `lastTransitionTime` moves only when `status` does. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const known = input.pod.status?.conditions ?? [];
  const facts: Fact[] = [
    { type: 'PodReadyToStartContainers', status: input.hasSandbox ? 'True' : 'False' },
    initialized(input),
    ready(input, 'Ready'),
    ready(input, 'ContainersReady'),
    { type: 'PodScheduled', status: 'True' },
    ...resizeFacts(input.resize),
  ];
  const own = facts.map((fact) =>
    stamped(
      fact,
      known.find((condition) => condition.type === fact.type),
      input.nowMs,
    ),
  );
  const others = known.filter(({ type }) => !resizeConditions.has(type) && !facts.some((fact) => fact.type === type));
  return [...own, ...others];
}

function stamped(fact: Fact, before: PodCondition | undefined, nowMs: number): PodCondition {
  const sinceNow = before?.status !== fact.status || !before.lastTransitionTime;
  return {
    type: fact.type,
    status: fact.status,
    ...(fact.reason ? { reason: fact.reason } : {}),
    ...(fact.message ? { message: fact.message } : {}),
    lastTransitionTime: sinceNow ? kubeTime(nowMs) : before.lastTransitionTime,
    ...(fact.observedGeneration === undefined ? {} : { observedGeneration: fact.observedGeneration }),
  };
}

/** Said while they hold, and gone when not. */
const resizeConditions: ReadonlySet<string> = new Set(['PodResizePending', 'PodResizeInProgress']);

function resizeFacts({ pending, inProgress }: ResizeView = {}): readonly Fact[] {
  return [
    ...(pending
      ? [
          {
            type: 'PodResizePending',
            status: 'True' as const,
            reason: pending.reason,
            message: pending.message,
            observedGeneration: pending.generation,
          },
        ]
      : []),
    ...(inProgress
      ? [
          {
            type: 'PodResizeInProgress',
            status: 'True' as const,
            ...(inProgress.error === undefined ? {} : { reason: 'Error', message: inProgress.error }),
            observedGeneration: inProgress.generation,
          },
        ]
      : []),
  ];
}

function initialized(input: ConditionInput): Fact {
  const type = 'Initialized';
  if (input.phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  // An ordinary container that has run proves it, also when the init containers are long gone.
  const hasBegun = input.mainStatuses.some((status) => status.state?.running || status.restartCount > 0);
  const incomplete = initContainersOf(input.pod).filter((container) => {
    const status = input.initStatuses.find(({ name }) => name === container.name);
    return isSidecar(container) ? status?.started !== true : status?.ready !== true;
  });
  if (hasBegun || incomplete.length === 0) return { type, status: 'True' };
  const names = incomplete.map((container) => container.name).join(' ');
  const message = `containers with incomplete status: [${names}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function ready(input: ConditionInput, type: 'Ready' | 'ContainersReady'): Fact {
  if (input.phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (input.phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const statuses = [...input.initStatuses, ...input.mainStatuses];
  const needed = [...sidecarsOf(input.pod), ...mainContainersOf(input.pod)];
  const unready = needed.filter((container) => statuses.find(({ name }) => name === container.name)?.ready !== true);
  if (unready.length > 0) {
    const names = unready.map((container) => container.name).join(' ');
    return {
      type,
      status: 'False',
      reason: 'ContainersNotReady',
      message: `containers with unready status: [${names}]`,
    };
  }
  const gates = type === 'Ready' ? (input.pod.spec?.readinessGates ?? []) : [];
  const closed = gates.find(
    (gate) =>
      input.pod.status?.conditions?.find((condition) => condition.type === gate.conditionType)?.status !== 'True',
  );
  if (!closed) return { type, status: 'True' };
  const message = `the status of pod readiness gate "${closed.conditionType}" is not "True"`;
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message };
}
