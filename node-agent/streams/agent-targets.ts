import { VigilError } from '../../lib/errors.ts';
import type { AgentPod, AgentPods } from '../agent-pods.ts';
import type { DockerEndpoint } from './docker-endpoint.ts';
import type { ContainerTarget, PodNetworkTarget, StreamTargets } from './stream-targets.ts';

/** Annotation by which a pod says which container `kubectl exec` without `-c` means. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

interface Inspect {
  readonly State: { readonly Running: boolean; readonly Pid: number };
  readonly Config: { readonly Tty: boolean; readonly OpenStdin: boolean; readonly StdinOnce: boolean };
}

/** Finds streams' targets among the pods of this node; asks the engine only for what the agent does not keep in memory. */
export class AgentStreamTargets implements StreamTargets {
  readonly #pods: AgentPods;
  readonly #docker: DockerEndpoint;
  readonly #nodeIP: string;

  constructor(pods: AgentPods, docker: DockerEndpoint, nodeIP: string) {
    this.#pods = pods;
    this.#docker = docker;
    this.#nodeIP = nodeIP;
  }

  async container(namespace: string, name: string, container: string | undefined): Promise<ContainerTarget> {
    const pod = this.#pod(namespace, name);
    const chosen = container ?? defaultContainer(pod);
    const found = this.#pods.container(namespace, name, chosen);
    if (!found) throw notFound(`container ${chosen} is not valid for pod ${name}`);
    if (!found.isRunning) throw notRunning(`container ${chosen} of pod ${name} is not running`);
    const { Config, State } = await this.#inspect(found.id);
    if (!State.Running) throw notRunning(`container ${chosen} of pod ${name} is not running`);
    const { Tty, OpenStdin, StdinOnce } = Config;
    return { containerId: found.id, tty: Tty, stdin: OpenStdin, stdinOnce: StdinOnce };
  }

  async network(namespace: string, name: string): Promise<PodNetworkTarget> {
    const pod = this.#pod(namespace, name);
    const hostNetwork = pod.pod.spec?.hostNetwork === true;
    const podIP = pod.podIP ?? (hostNetwork ? this.#nodeIP : undefined);
    if (podIP === undefined || pod.sandboxId === undefined) throw notRunning(`pod ${name} is not running`);
    const { State } = await this.#inspect(pod.sandboxId);
    if (!State.Running) throw notRunning(`pod ${name} is not running`);
    return { podIP, hostNetwork, pid: State.Pid };
  }

  #pod(namespace: string, name: string): AgentPod {
    const pod = this.#pods.get(namespace, name);
    if (!pod) throw notFound(`pod ${namespace}/${name} is not on this node`);
    return pod;
  }

  #inspect(id: string): Promise<Inspect> {
    return this.#docker.json<Inspect>('GET', `/containers/${id}/json`);
  }
}

function defaultContainer({ pod }: AgentPod): string {
  const names = (pod.spec?.containers ?? []).map((container) => container.name);
  const named = pod.metadata?.annotations?.[DEFAULT_CONTAINER];
  if (named !== undefined && names.includes(named)) return named;
  const [first] = names;
  if (first === undefined) throw notFound('the pod has no containers');
  return first;
}

function notFound(message: string): VigilError {
  return new VigilError('STREAM_TARGET_NOT_FOUND', 'notFound', message);
}

function notRunning(message: string): VigilError {
  return new VigilError('STREAM_TARGET_NOT_RUNNING', 'invalid', message);
}
