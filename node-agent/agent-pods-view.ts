import type { Pod } from '../lib/kube/types.ts';
import type { AgentContainer, AgentPod, AgentPods } from './agent-pods.ts';
import type { Observer } from './pods/observe.ts';
import { runningSandbox } from './pods/observed-pod.ts';
import type { PodManager } from './pods/pod-manager.ts';
import type { StatusWriter } from './pods/status-writer.ts';
import type { PodWorker } from './pods/worker.ts';
import type { EngineContainer } from './runtime/runtime.ts';

/** The pods of this node as its endpoints see them: what is desired, with what the engine has. */
export class AgentPodsView implements AgentPods {
  readonly #manager: PodManager;
  readonly #observer: Observer;
  readonly #writer: StatusWriter;
  readonly #nodeIP: string;

  constructor(manager: PodManager, observer: Observer, writer: StatusWriter, nodeIP: string) {
    this.#manager = manager;
    this.#observer = observer;
    this.#writer = writer;
    this.#nodeIP = nodeIP;
  }

  get(namespace: string, name: string): AgentPod | undefined {
    let found: PodWorker | undefined;
    for (const worker of this.#manager.workers()) {
      const { metadata } = worker.pod;
      if (metadata?.name !== name || metadata.namespace !== namespace) continue;
      // A new pod may have the name of one that still ends here.
      if (!found || found.isGone) found = worker;
    }
    return found && this.#viewOf(found);
  }

  list(): readonly AgentPod[] {
    return [...this.#manager.workers()].filter((worker) => !worker.isGone).map((worker) => this.#viewOf(worker));
  }

  container(namespace: string, pod: string, container: string): AgentContainer | undefined {
    return this.get(namespace, pod)?.containers.find(({ name }) => name === container);
  }

  #viewOf(worker: PodWorker): AgentPod {
    const observed = this.#observer.pod(worker.uid);
    const sandbox = runningSandbox(observed);
    const status = this.#writer.latest(worker.uid);
    const pod: Pod = status ? { ...worker.pod, status } : worker.pod;
    return {
      pod,
      sandboxId: sandbox?.id,
      podIP: worker.pod.spec?.hostNetwork === true ? this.#nodeIP : sandbox?.ip,
      containers: [...observed.runs.values()].flatMap(([latest]) => (latest ? [viewOfRun(latest)] : [])),
    };
  }
}

function viewOfRun(run: EngineContainer): AgentContainer {
  return {
    id: run.id,
    name: run.owner.containerName,
    isRunning: run.state === 'running',
    restartCount: run.owner.restartCount,
    startedAtMs: run.startedAtMs,
  };
}
