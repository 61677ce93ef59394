import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type {
  ContainerBrief,
  ContainerConfig,
  EngineAmounts,
  EngineContainer,
  EngineInfo,
  ExecLimits,
  ExecOutcome,
  ImageDetail,
  RegistryLogin,
  Runtime,
} from './runtime.ts';

/** How a process of the hollow engine behaves. */
export interface HollowProcess {
  /** Ends at once with this code; absent = it runs until it is stopped. */
  readonly exitCode?: number | undefined;
  /** Stays when it gets the stop signal, until it is killed. */
  readonly ignoresSignals?: boolean | undefined;
  /** What it says, when it is run by `exec`. */
  readonly output?: string | undefined;
  /** Never ends by itself, when it is run by `exec`. */
  readonly hangs?: boolean | undefined;
}

export interface HollowOptions {
  readonly clock: Clock;
  /** References that are there from the start. */
  readonly images: readonly string[];
  /** References that can be pulled. */
  readonly pullable?: readonly string[] | undefined;
  /** What a command does; a process that runs for ever when absent. */
  readonly behaviour?: ((command: readonly string[]) => HollowProcess) | undefined;
  readonly scope?: string | undefined;
  /** Share it between runtimes to have several nodes on one engine. */
  readonly engine?: HollowEngine | undefined;
}

interface HollowContainer {
  readonly scope: string;
  readonly config: ContainerConfig;
  seen: EngineContainer;
  readonly ended: { readonly promise: Promise<void>; readonly resolve: () => void };
}

/** The state of an engine that has no processes: what several runtimes on it share. */
export class HollowEngine {
  readonly containers = new Map<string, HollowContainer>();
  readonly listeners = new Set<(container: HollowContainer) => void>();
}

/** A container engine in memory. It keeps every promise of `Runtime` but runs nothing: for tests of what stands on it, and for nodes by the thousand. */
export class HollowRuntime implements Runtime {
  readonly #clock: Clock;
  readonly #scope: string;
  readonly #engine: HollowEngine;
  readonly #behaviour: (command: readonly string[]) => HollowProcess;
  readonly #images = new Map<string, ImageDetail>();
  readonly #pullable: ReadonlySet<string>;

  constructor(options: HollowOptions) {
    this.#clock = options.clock;
    this.#scope = options.scope ?? '';
    this.#engine = options.engine ?? new HollowEngine();
    this.#behaviour = options.behaviour ?? (() => ({}));
    this.#pullable = new Set(options.pullable ?? []);
    for (const reference of options.images) this.#addImage(reference);
  }

  /** Ends a running container from inside, as a crash would. */
  crash(id: string, exitCode: number, how: { readonly oomKilled?: boolean } = {}): void {
    const container = this.#find(id);
    if (container.seen.state === 'running') this.#end(container, exitCode, how.oomKilled === true);
  }

  info(): Promise<EngineInfo> {
    return Promise.resolve({
      version: 'hollow',
      apiVersion: '0',
      kernel: 'hollow',
      osImage: 'hollow',
      os: 'linux',
      arch: 'amd64',
      rootDir: '/',
    });
  }

  list(): Promise<readonly ContainerBrief[]> {
    return Promise.resolve(this.#own().map(({ seen }) => ({ id: seen.id, state: seen.state })));
  }

  inspect(id: string): Promise<EngineContainer | undefined> {
    return Promise.resolve(this.#own().find(({ seen }) => seen.id === id)?.seen);
  }

  create(config: ContainerConfig): Promise<string> {
    const image = this.#images.get(config.image);
    if (!image) return Promise.reject(new VigilError('IMAGE_NOT_FOUND', 'notFound', `No such image: ${config.image}`));
    const isTaken = [...this.#engine.containers.values()].some((other) => other.config.name === config.name);
    if (isTaken) {
      return Promise.reject(
        new VigilError('CONTAINER_NAME_TAKEN', 'conflict', `The container name "/${config.name}" is already in use`),
      );
    }
    const id = randomBytes(32).toString('hex');
    const seen: EngineContainer = {
      id,
      name: config.name,
      kind: config.kind,
      owner: config.owner,
      state: 'created',
      image: config.image,
      imageId: image.id,
      createdAtMs: this.#clock.now(),
      oomKilled: false,
      ip: config.network.kind === 'bridge' ? config.network.ip : undefined,
      // Nothing is ever written there.
      logPath: `/hollow/${id}-json.log`,
      resources: amountsOf(config.resources),
    };
    const container = { scope: this.#scope, config, seen, ended: Promise.withResolvers<void>() };
    this.#engine.containers.set(id, container);
    this.#tell(container);
    return Promise.resolve(id);
  }

  start(id: string): Promise<void> {
    const container = this.#engine.containers.get(id);
    if (!container) return Promise.reject(notFound(id));
    if (container.seen.state !== 'created') return Promise.resolve();
    container.seen = { ...container.seen, state: 'running', startedAtMs: this.#clock.now(), pid: 1 };
    this.#tell(container);
    const { exitCode } = this.#process(container.config);
    if (exitCode !== undefined) this.#end(container, exitCode, false);
    return Promise.resolve();
  }

  async stop(id: string, graceMs: number): Promise<void> {
    const container = this.#engine.containers.get(id);
    if (container?.seen.state !== 'running') return;
    const mustBeKilled = graceMs <= 0 || this.#process(container.config).ignoresSignals === true;
    if (!mustBeKilled) {
      this.#end(container, 0, false);
      return;
    }
    if (graceMs > 0) await Promise.race([this.#clock.sleep(graceMs), container.ended.promise]);
    if (container.seen.state === 'running') this.#end(container, 137, false);
  }

  updateResources(id: string, amounts: EngineAmounts): Promise<void> {
    const container = this.#engine.containers.get(id);
    if (!container) return Promise.reject(notFound(id));
    container.seen = { ...container.seen, resources: { ...container.seen.resources, ...amountsOf(amounts) } };
    this.#tell(container);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    const container = this.#engine.containers.get(id);
    if (!container) return Promise.resolve();
    if (container.seen.state === 'running') this.#end(container, 137, false);
    this.#engine.containers.delete(id);
    this.#tell(container);
    return Promise.resolve();
  }

  async exec(id: string, command: readonly string[], limits: ExecLimits, signal?: AbortSignal): Promise<ExecOutcome> {
    const container = this.#engine.containers.get(id);
    if (!container) throw notFound(id);
    if (container.seen.state !== 'running') {
      throw new VigilError('ENGINE_FAILED', 'invalid', `Container ${id} is not running`);
    }
    const process = this.#behaviour(command);
    if (process.hangs === true) {
      await this.#clock.sleep(limits.timeoutMs, signal);
      throw new VigilError('EXEC_TIMEOUT', 'transient', `command timed out: ${command.join(' ')} timed out`);
    }
    signal?.throwIfAborted();
    const output = Buffer.from(process.output ?? '')
      .subarray(0, limits.maxOutputBytes)
      .toString('utf8');
    return { exitCode: process.exitCode ?? 0, output };
  }

  image(reference: string): Promise<ImageDetail | undefined> {
    return Promise.resolve(this.#images.get(reference));
  }

  images(): Promise<readonly ImageDetail[]> {
    return Promise.resolve([...this.#images.values()]);
  }

  /** An image of the hollow engine has one file, which says what the image is called. */
  async readImage(id: string, read: (tar: Readable) => Promise<void>): Promise<void> {
    const image = [...this.#images.values()].find((candidate) => candidate.id === id);
    if (!image) throw new VigilError('ENGINE_FAILED', 'notFound', `No such image: ${id}`);
    const tar = pack();
    tar.entry({ name: 'reference' }, image.tags.join('\n'));
    tar.finalize();
    await read(tar as unknown as Readable);
  }

  pull(reference: string, _login: RegistryLogin | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#pullable.has(reference)) {
      return Promise.reject(new VigilError('IMAGE_PULL_FAILED', 'transient', `manifest for ${reference} not found`));
    }
    this.#addImage(reference);
    return Promise.resolve();
  }

  async *events(signal: AbortSignal): AsyncGenerator<string> {
    const waiting: string[] = [];
    let wake = () => {};
    const listener = (container: HollowContainer) => {
      if (container.scope !== this.#scope) return;
      waiting.push(container.seen.id);
      wake();
    };
    this.#engine.listeners.add(listener);
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const id = waiting.shift();
        if (id !== undefined) yield id;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      this.#engine.listeners.delete(listener);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #own(): HollowContainer[] {
    return [...this.#engine.containers.values()].filter(({ scope }) => scope === this.#scope);
  }

  #find(id: string): HollowContainer {
    const container = this.#engine.containers.get(id);
    if (!container) throw notFound(id);
    return container;
  }

  #process(config: ContainerConfig): HollowProcess {
    return this.#behaviour([...(config.entrypoint ?? []), ...(config.command ?? [])]);
  }

  #end(container: HollowContainer, exitCode: number, oomKilled: boolean): void {
    container.seen = {
      ...container.seen,
      state: 'exited',
      exitCode,
      oomKilled,
      finishedAtMs: this.#clock.now(),
      pid: undefined,
    };
    container.ended.resolve();
    this.#tell(container);
  }

  #tell(container: HollowContainer): void {
    for (const listener of this.#engine.listeners) listener(container);
  }

  #addImage(reference: string): void {
    const id = `sha256:${Buffer.from(reference).toString('hex').padEnd(64, '0').slice(0, 64)}`;
    this.#images.set(reference, { id, tags: [reference], digests: [], sizeBytes: 1 });
  }
}

function amountsOf({ cpuShares, cpuQuotaUs, memoryBytes }: EngineAmounts): EngineAmounts {
  return {
    ...(cpuShares === undefined ? {} : { cpuShares }),
    ...(cpuQuotaUs === undefined ? {} : { cpuQuotaUs }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

function notFound(id: string): VigilError {
  return new VigilError('CONTAINER_NOT_FOUND', 'notFound', `No such container: ${id}`);
}
