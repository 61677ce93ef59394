import type { Clock } from '../../lib/clock.ts';
import type { ContainerHealth, TerminationSummary, Verdict } from '../../lib/health-api.ts';
import type { Container, ContainerStatus, Pod } from '../../lib/kube/types.ts';
import type { TerminationRecord } from '../../lib/signals/records.ts';
import type { ClusterView } from './cluster-view.ts';
import type { NodeFailureMemory } from './node-failures.ts';
import type { SignalHub } from './signal-hub.ts';
import { containerVerdict, type RecentFailures } from './verdicts/container-verdict.ts';
import { podVerdict } from './verdicts/pod-verdict.ts';
import { probeHealthOf, probeSpecOf, probeTypes } from './verdicts/probe-health.ts';
import { startFailure } from './verdicts/start-failure.ts';

/** Judges pods by their status, what the hub remembers of their probes, and what Events say while a pod cannot be started. */
export class Judge {
  readonly #hub: SignalHub;
  readonly #view: ClusterView;
  readonly #memory: NodeFailureMemory;
  readonly #clock: Clock;

  constructor(options: {
    readonly hub: SignalHub;
    readonly view: ClusterView;
    readonly memory: NodeFailureMemory;
    readonly clock: Clock;
  }) {
    this.#hub = options.hub;
    this.#view = options.view;
    this.#memory = options.memory;
    this.#clock = options.clock;
  }

  verdictOf(pod: Pod): Verdict {
    const found = this.#verdictOf(pod);
    if (found.state !== 'progressing' || pod.metadata?.deletionTimestamp !== undefined) return found;
    return startFailure(pod, this.#view.warningsOf(pod)) ?? found;
  }

  #verdictOf(pod: Pod): Verdict {
    return podVerdict(
      pod,
      containersOf(pod).map((facts) => this.#containerVerdict(pod, facts)),
    );
  }

  /** Init containers first. */
  containersOf(pod: Pod): readonly ContainerHealth[] {
    return containersOf(pod).map((facts) => this.#containerHealth(pod, facts));
  }

  #containerHealth(pod: Pod, facts: ContainerOfPod): ContainerHealth {
    const { container, status, isInit } = facts;
    const podUid = pod.metadata?.uid ?? '';
    const last = this.#hub.lastTermination(podUid, container.name);
    const restartCount = status?.restartCount ?? 0;
    return {
      name: container.name,
      init: isInit,
      image: container.image ?? '',
      ...(status?.containerID ? { containerId: status.containerID } : {}),
      ready: status?.ready ?? false,
      started: status?.started ?? false,
      restartCount,
      phase: phaseOf(status),
      phaseReason: status?.state?.waiting?.reason ?? status?.state?.terminated?.reason ?? '',
      probes: probeTypes.flatMap((probe) => {
        const spec = probeSpecOf(container, probe);
        return spec
          ? [probeHealthOf(pod, probe, spec, this.#hub.trace(podUid, container.name, probe), restartCount)]
          : [];
      }),
      ...(last ? { lastTermination: terminationSummary(last) } : terminationInStatus(pod, status)),
      ...this.#containerVerdict(pod, facts),
    };
  }

  #containerVerdict(pod: Pod, { container, status, isInit }: ContainerOfPod): Verdict {
    const podUid = pod.metadata?.uid ?? '';
    return containerVerdict({
      pod,
      container,
      isInit,
      status,
      trace: (probe) => this.#hub.trace(podUid, container.name, probe),
      failures: status && status.restartCount > 0 ? this.#failuresOf(pod) : undefined,
      nowMs: this.#clock.now(),
    });
  }

  #failuresOf(pod: Pod): RecentFailures | undefined {
    const own = this.#memory.of(this.#view.keyOf(pod)).filter((failure) => failure.podUid === pod.metadata?.uid);
    const [first] = own;
    const last = own.at(-1);
    if (!first || !last) return undefined;
    return { count: own.length, sinceMs: first.timeMs, lastMs: last.timeMs, lastReason: last.reason };
  }
}

interface ContainerOfPod {
  readonly container: Container;
  readonly status: ContainerStatus | undefined;
  readonly isInit: boolean;
}

function containersOf(pod: Pod): readonly ContainerOfPod[] {
  const statusOf = (statuses: readonly ContainerStatus[] | undefined, name: string) =>
    statuses?.find((status) => status.name === name);
  const init = (pod.spec?.initContainers ?? []).map((container) => ({
    container,
    status: statusOf(pod.status?.initContainerStatuses, container.name),
    isInit: true,
  }));
  const main = (pod.spec?.containers ?? []).map((container) => ({
    container,
    status: statusOf(pod.status?.containerStatuses, container.name),
    isInit: false,
  }));
  return [...init, ...main];
}

function phaseOf(status: ContainerStatus | undefined): ContainerHealth['phase'] {
  if (status?.state?.running) return 'running';
  return status?.state?.terminated ? 'terminated' : 'waiting';
}

export function terminationSummary(record: TerminationRecord): TerminationSummary {
  const { time, startedAt, exitCode, reason, message, node, lastLines } = record;
  return { time, startedAt, exitCode, reason, message, node, lastLines };
}

/** What the pod's status keeps of the last end, for the time before the agent was heard. */
function terminationInStatus(pod: Pod, status: ContainerStatus | undefined): Pick<ContainerHealth, 'lastTermination'> {
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  if (!ended) return {};
  return {
    lastTermination: {
      time: ended.finishedAt ?? '',
      startedAt: ended.startedAt ?? '',
      exitCode: ended.exitCode,
      reason: ended.reason ?? '',
      message: ended.message ?? '',
      node: pod.spec?.nodeName ?? '',
      lastLines: [],
    },
  };
}
