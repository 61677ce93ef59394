/** A running container, as exec and attach need it. */
export interface ContainerTarget {
  readonly containerId: string;
  /** The container itself was made with a terminal, or with its standard input open: what attach can offer. */
  readonly tty: boolean;
  readonly stdin: boolean;
  /** The end of the first client's input is the end of the container's. */
  readonly stdinOnce: boolean;
}

/** A running pod, as port-forward needs it. */
export interface PodNetworkTarget {
  readonly podIP: string;
  readonly hostNetwork: boolean;
  /** A process inside the pod's network namespace (the sandbox's), on this machine. */
  readonly pid: number;
}

/**
 * Where streams go. Both reject with `VigilError`: class `notFound` (no such pod or container here), `invalid` (several containers and none named)
 * or `conflict` (not running).
 */
export interface StreamTargets {
  container(namespace: string, pod: string, container: string | undefined): Promise<ContainerTarget>;
  network(namespace: string, pod: string): Promise<PodNetworkTarget>;
}
