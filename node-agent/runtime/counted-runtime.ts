import type { Readable } from 'node:stream';
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

/** Told of each operation of an engine by its name among upstream's metrics (`create_container`, `pull_image`…). */
export type OperationCounter = (operation: string, hasFailed: boolean) => void;

/** An engine whose operations are counted. */
export class CountedRuntime implements Runtime {
  readonly #inner: Runtime;
  readonly #count: OperationCounter;

  constructor(inner: Runtime, count: OperationCounter) {
    this.#inner = inner;
    this.#count = count;
  }

  info(): Promise<EngineInfo> {
    return this.#counted('version', this.#inner.info());
  }

  list(signal?: AbortSignal): Promise<readonly ContainerBrief[]> {
    return this.#counted('list_containers', this.#inner.list(signal));
  }

  inspect(id: string, signal?: AbortSignal): Promise<EngineContainer | undefined> {
    return this.#counted('container_status', this.#inner.inspect(id, signal));
  }

  create(config: ContainerConfig): Promise<string> {
    const operation = config.kind === 'sandbox' ? 'run_podsandbox' : 'create_container';
    return this.#counted(operation, this.#inner.create(config));
  }

  start(id: string): Promise<void> {
    return this.#counted('start_container', this.#inner.start(id));
  }

  stop(id: string, graceMs: number): Promise<void> {
    return this.#counted('stop_container', this.#inner.stop(id, graceMs));
  }

  updateResources(id: string, amounts: EngineAmounts): Promise<void> {
    return this.#counted('update_container', this.#inner.updateResources(id, amounts));
  }

  remove(id: string): Promise<void> {
    return this.#counted('remove_container', this.#inner.remove(id));
  }

  exec(id: string, command: readonly string[], limits: ExecLimits, signal?: AbortSignal): Promise<ExecOutcome> {
    return this.#counted('exec_sync', this.#inner.exec(id, command, limits, signal));
  }

  image(reference: string): Promise<ImageDetail | undefined> {
    return this.#counted('image_status', this.#inner.image(reference));
  }

  images(): Promise<readonly ImageDetail[]> {
    return this.#counted('list_images', this.#inner.images());
  }

  readImage(id: string, read: (tar: Readable) => Promise<void>): Promise<void> {
    return this.#counted('mount_image', this.#inner.readImage(id, read));
  }

  pull(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<void> {
    return this.#counted('pull_image', this.#inner.pull(reference, login, signal));
  }

  events(signal: AbortSignal): AsyncIterable<string> {
    return this.#inner.events(signal);
  }

  async #counted<T>(operation: string, work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.#count(operation, false);
      return result;
    } catch (error) {
      this.#count(operation, true);
      throw error;
    }
  }
}
