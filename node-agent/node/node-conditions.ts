import { kubeTime } from '../../lib/kube/time.ts';
import type { NodeCondition } from '../../lib/kube/types.ts';
import type { MachinePressure } from './machine.ts';
import { shipperFacts, type ShipperStatus } from './shipper-conditions.ts';

export interface NodeObservation {
  /** Why the engine cannot be used; `undefined` when it can. */
  readonly engineProblem?: string | undefined;
  readonly pressure: MachinePressure;
  /** `undefined` when there is no shipper to ask. */
  readonly shipper?: ShipperStatus | undefined;
}

/** Upstream's hard eviction thresholds. */
const MIN_MEMORY_BYTES = 100 * 1024 * 1024;
const MIN_DISK_SHARE = 0.1;
const MIN_INODE_SHARE = 0.05;
/** As upstream keeps back for the system. */
const MAX_PROCESS_SHARE = 0.9;
type Fact = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The node's conditions. Pure. `lastTransitionTime` moves only when `status` does; heartbeats are stamped with `nowMs`. */
export function nodeConditions(
  observation: NodeObservation,
  known: readonly NodeCondition[],
  nowMs: number,
): NodeCondition[] {
  const facts = [
    ...pressureFacts(observation.pressure),
    ...shipperFacts(observation.shipper, nowMs),
    readyFact(observation),
  ];
  const now = kubeTime(nowMs);
  const own = facts.map((fact) => {
    const before = known.find((condition) => condition.type === fact.type);
    return {
      ...fact,
      lastHeartbeatTime: now,
      lastTransitionTime: before?.status === fact.status ? (before.lastTransitionTime ?? now) : now,
    };
  });
  return [...own, ...known.filter((condition) => !facts.some((fact) => fact.type === condition.type))];
}

function readyFact({ engineProblem }: NodeObservation): Fact {
  return engineProblem === undefined
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'node agent is posting ready status' }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: engineProblem };
}

function pressureFacts(pressure: MachinePressure): Fact[] {
  const { memoryAvailableBytes, processes, maxProcesses } = pressure;
  const isMemoryShort = memoryAvailableBytes !== undefined && memoryAvailableBytes < MIN_MEMORY_BYTES;
  const isDiskShort =
    isBelow(pressure.diskAvailableBytes, pressure.diskBytes, MIN_DISK_SHARE) ||
    isBelow(pressure.inodesFree, pressure.inodes, MIN_INODE_SHARE);
  const arePidsShort =
    processes !== undefined && maxProcesses !== undefined && processes > maxProcesses * MAX_PROCESS_SHARE;
  return [
    pressureFact(
      'MemoryPressure',
      isMemoryShort,
      'KubeletHasInsufficientMemory',
      'KubeletHasSufficientMemory',
      'memory available',
    ),
    pressureFact('DiskPressure', isDiskShort, 'KubeletHasDiskPressure', 'KubeletHasNoDiskPressure', 'disk pressure'),
    pressureFact('PIDPressure', arePidsShort, 'KubeletHasInsufficientPID', 'KubeletHasSufficientPID', 'PID available'),
  ];
}

function pressureFact(type: string, isShort: boolean, bad: string, good: string, what: string): Fact {
  const sentences: Readonly<Record<string, readonly [string, string]>> = {
    'disk pressure': ['kubelet has disk pressure', 'kubelet has no disk pressure'],
  };
  const [short, enough] = sentences[what] ?? [`kubelet has insufficient ${what}`, `kubelet has sufficient ${what}`];
  return { type, status: isShort ? 'True' : 'False', reason: isShort ? bad : good, message: isShort ? short : enough };
}

function isBelow(part: number | undefined, whole: number | undefined, share: number): boolean {
  return part !== undefined && whole !== undefined && whole > 0 && part < whole * share;
}
