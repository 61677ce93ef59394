import type { Readable } from 'node:stream';

/** What the pod room asks of a container engine. One contract suite (`test/contract/runtime/`) runs over every implementation. */

/** Who a container belongs to: kept on the engine as labels, so that an agent that starts anew knows its own. */
export interface ContainerOwner {
  readonly podNamespace: string;
  readonly podName: string;
  readonly podUid: string;
  /** `POD` for the sandbox. */
  readonly containerName: string;
  /** 0 for the first run. */
  readonly restartCount: number;
  /** Restarts in a row without a long run between them; decides the next back-off. */
  readonly backOffStep: number;
  readonly specHash: string;
}

export interface MountConfig {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  /** Whether mounts made later below it are seen, and by whom; absent = by nobody. */
  readonly propagation?: 'rslave' | 'rshared' | undefined;
}

/** How a container uses namespaces: its own, the machine's, or those of another container (by ID). */
export type NamespaceMode = 'own' | 'host' | { readonly containerId: string };

/** What an engine gives a container; what is absent has no bound. */
export interface EngineAmounts {
  readonly cpuShares?: number | undefined;
  /** Microseconds per 100 ms. */
  readonly cpuQuotaUs?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

export interface ContainerConfig {
  /** Unique on the engine; creating the same name again is refused with `CONTAINER_NAME_TAKEN`. */
  readonly name: string;
  readonly kind: 'sandbox' | 'container';
  readonly owner: ContainerOwner;
  readonly image: string;
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly env: readonly string[];
  readonly workingDir?: string | undefined;
  /** `uid`, `uid:gid`. */
  readonly user?: string | undefined;
  readonly supplementalGroups: readonly number[];
  readonly hostname?: string | undefined;
  readonly stopSignal?: string | undefined;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly mounts: readonly MountConfig[];
  readonly network:
    | { readonly kind: 'host' }
    | { readonly kind: 'none' }
    | { readonly kind: 'container'; readonly containerId: string }
    | { readonly kind: 'bridge'; readonly name: string; readonly ip: string };
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly resources: EngineAmounts & { readonly oomScoreAdj: number };
  readonly security: {
    readonly privileged: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly noNewPrivileges: boolean;
    readonly addCapabilities: readonly string[];
    readonly dropCapabilities: readonly string[];
  };
  readonly sysctls: Readonly<Record<string, string>>;
  /** Only of sandboxes with an address of their own. */
  readonly hostPorts: readonly HostPort[];
}

/** A port of the machine that leads to a port of the sandbox. */
export interface HostPort {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** '' = all addresses. */
  readonly hostIP: string;
}

export type EngineState = 'created' | 'running' | 'exited';

/** One container as the engine has it. */
export interface EngineContainer {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'sandbox' | 'container';
  readonly owner: ContainerOwner;
  readonly state: EngineState;
  readonly image: string;
  /** `sha256:…` */
  readonly imageId: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  /** Of an exited container. */
  readonly exitCode?: number | undefined;
  readonly oomKilled: boolean;
  /** What the engine says about a start that failed. */
  readonly error?: string | undefined;
  readonly ip?: string | undefined;
  /** Process ID on the machine, while running. */
  readonly pid?: number | undefined;
  /** The json-file; rotated files are `path.1`, `path.2`… */
  readonly logPath?: string | undefined;
  readonly resources?: EngineAmounts | undefined;
}

/** A line of a list: enough to see what changed. */
export interface ContainerBrief {
  readonly id: string;
  readonly state: EngineState;
}

export interface ImageDetail {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  readonly user?: string | undefined;
}

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly server: string;
}

export interface ExecOutcome {
  readonly exitCode: number;
  /** Standard output and error as they came, cut at the limit. */
  readonly output: string;
}

export interface ExecLimits {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

export interface EngineInfo {
  readonly version: string;
  readonly apiVersion: string;
  readonly kernel: string;
  readonly osImage: string;
  readonly os: string;
  readonly arch: string;
  readonly rootDir: string;
}

/**
 * Containers of one node on one engine. Others' containers are never seen or touched.
 * Failures are `VigilError`s: `CONTAINER_NOT_FOUND`, `CONTAINER_NAME_TAKEN`, `IMAGE_NOT_FOUND`, `IMAGE_PULL_FAILED`, `EXEC_TIMEOUT`, else `ENGINE_FAILED`
 * with the engine's own words. An aborted signal rejects with its reason.
 */
export interface Runtime {
  info(): Promise<EngineInfo>;
  /** All containers of the node. What changed is for the caller to find out by comparing. */
  list(signal?: AbortSignal): Promise<readonly ContainerBrief[]>;
  /** `undefined` when there is no such container (any more). */
  inspect(id: string, signal?: AbortSignal): Promise<EngineContainer | undefined>;
  create(config: ContainerConfig): Promise<string>;
  start(id: string): Promise<void>;
  /** Sends the stop signal, after `graceMs` SIGKILL; resolves when the container has ended. Nothing happens to one that has ended. */
  stop(id: string, graceMs: number): Promise<void>;
  /** Gives a container other amounts while it runs; what is absent stays as it is. */
  updateResources(id: string, amounts: EngineAmounts): Promise<void>;
  /** Kills and removes. Nothing happens when it is gone. */
  remove(id: string): Promise<void>;
  /** Runs a command in a running container. Rejects with `EXEC_TIMEOUT` after the limit; then the command is killed. */
  exec(id: string, command: readonly string[], limits: ExecLimits, signal?: AbortSignal): Promise<ExecOutcome>;
  image(reference: string): Promise<ImageDetail | undefined>;
  images(): Promise<readonly ImageDetail[]>;
  /** Gives `read` the files of an image as a tar, as a container of it would find them, and resolves when it has. One at a time. */
  readImage(id: string, read: (tar: Readable) => Promise<void>): Promise<void>;
  /** Rejects with `IMAGE_PULL_FAILED` and the engine's reason. */
  pull(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<void>;
  /** Something happened to a container of the node, named by ID. Only to wake whoever lists: events may be lost. Ends when the engine does. */
  events(signal: AbortSignal): AsyncIterable<string>;
}
