import type { Pod } from '../lib/kube/types.ts';

/** One run of a container as the engine has it. */
export interface AgentContainer {
  /** Docker's 64-digit ID. */
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  readonly restartCount: number;
  /** Milliseconds since the epoch; absent while it has never started. */
  readonly startedAtMs?: number | undefined;
}

/** A pod of this node with what runs of it. */
export interface AgentPod {
  /** As desired, with the status that the agent last computed. */
  readonly pod: Pod;
  readonly sandboxId?: string | undefined;
  readonly podIP?: string | undefined;
  /** The latest run of each container. */
  readonly containers: readonly AgentContainer[];
}

/** What the agent's endpoints ask about pods: answered from memory, never from the engine. */
export interface AgentPods {
  get(namespace: string, name: string): AgentPod | undefined;
  list(): readonly AgentPod[];
  /** The latest run of a container. */
  container(namespace: string, pod: string, container: string): AgentContainer | undefined;
}
