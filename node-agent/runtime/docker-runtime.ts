import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { VigilError } from '../../lib/errors.ts';
import { linesOf } from '../../lib/kube/json-lines.ts';
import { dockerLabels } from '../../lib/names.ts';
import { amountOptions, createOptions } from './docker-create.ts';
import { engineError, engineMessage, engineStatus } from './docker-errors.ts';
import { dockerExec } from './docker-exec.ts';
import { readDockerImage } from './docker-image-files.ts';
import { dockerImage, dockerImages, dockerPull } from './docker-images.ts';
import { containerOf, stateOf } from './docker-inspect.ts';
import { scopeFilters, type NodeScope } from './docker-labels.ts';
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

/** The containers of one node on a Docker engine, told from all others by labels. */
export class DockerRuntime implements Runtime {
  readonly #docker: Docker;
  readonly #scope: NodeScope;
  #rootDir: string | undefined;

  constructor(docker: Docker, scope: NodeScope) {
    this.#docker = docker;
    this.#scope = scope;
  }

  async info(): Promise<EngineInfo> {
    return this.#ask(async () => {
      const version = await this.#docker.version();
      const info = (await this.#docker.info()) as {
        readonly OperatingSystem?: string;
        readonly DockerRootDir?: string;
      };
      return {
        version: version.Version,
        apiVersion: version.ApiVersion,
        kernel: version.KernelVersion ?? '',
        osImage: info.OperatingSystem ?? '',
        os: version.Os,
        arch: version.Arch,
        rootDir: info.DockerRootDir ?? '/var/lib/docker',
      };
    });
  }

  async list(signal?: AbortSignal): Promise<readonly ContainerBrief[]> {
    return this.#ask(async () => {
      const listed = await this.#docker.listContainers({
        all: true,
        filters: { label: scopeFilters(this.#scope) },
        abortSignal: signal,
      });
      return listed.map(({ Id, State }) => ({ id: Id, state: stateOf(State) }));
    });
  }

  async inspect(id: string, signal?: AbortSignal): Promise<EngineContainer | undefined> {
    try {
      const info = await this.#docker.getContainer(id).inspect({ abortSignal: signal });
      const labels = info.Config.Labels;
      const isOurs =
        labels[dockerLabels.cluster] === this.#scope.clusterName && labels[dockerLabels.node] === this.#scope.nodeName;
      if (!isOurs) return undefined;
      const container = containerOf(info);
      // The engine names the log only once the container has run, but whoever ships it has to know before.
      return container.state === 'created' && container.logPath === undefined
        ? { ...container, logPath: await this.#logPathOf(id) }
        : container;
    } catch (error) {
      signal?.throwIfAborted();
      if (engineStatus(error) === 404) return undefined;
      throw engineError(error);
    }
  }

  /** Where Docker's json-file driver will write. */
  async #logPathOf(id: string): Promise<string> {
    this.#rootDir ??= (await this.info()).rootDir;
    return join(this.#rootDir, 'containers', id, `${id}-json.log`);
  }

  async create(config: ContainerConfig): Promise<string> {
    try {
      const container = await this.#docker.createContainer(createOptions(this.#scope, config));
      return container.id;
    } catch (error) {
      const status = engineStatus(error);
      const message = engineMessage(error);
      if (status === 409 && message.includes('already in use')) {
        throw new VigilError('CONTAINER_NAME_TAKEN', 'conflict', message, { cause: error });
      }
      if (status === 404 && message.toLowerCase().includes('no such image')) {
        throw new VigilError('IMAGE_NOT_FOUND', 'notFound', message, { cause: error });
      }
      throw engineError(error);
    }
  }

  async start(id: string): Promise<void> {
    await this.#onContainer(id, (container) => container.start());
  }

  async stop(id: string, graceMs: number): Promise<void> {
    // The engine counts in whole seconds; 0 kills at once.
    const seconds = graceMs <= 0 ? 0 : Math.max(1, Math.ceil(graceMs / 1000));
    await this.#onContainer(id, async (container) => {
      if (seconds === 0) await container.kill().catch(ignore(409));
      else await container.stop({ t: seconds });
      await container.wait();
    }).catch(ignoreCode('CONTAINER_NOT_FOUND'));
  }

  async updateResources(id: string, amounts: EngineAmounts): Promise<void> {
    await this.#onContainer(id, (container) => container.update(amountOptions(amounts)));
  }

  async remove(id: string): Promise<void> {
    await this.#ask(async () => {
      await this.#docker.getContainer(id).remove({ force: true, v: true }).catch(ignore(404));
    }).catch((error: unknown) => {
      // Somebody else removes it at this moment.
      if (error instanceof VigilError && error.message.includes('already in progress')) return;
      throw error;
    });
  }

  async exec(id: string, command: readonly string[], limits: ExecLimits, signal?: AbortSignal): Promise<ExecOutcome> {
    try {
      return await dockerExec(this.#docker, id, command, limits, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw notFoundOr(error, id);
    }
  }

  image(reference: string): Promise<ImageDetail | undefined> {
    return this.#ask(() => dockerImage(this.#docker, reference));
  }

  images(): Promise<readonly ImageDetail[]> {
    return this.#ask(() => dockerImages(this.#docker));
  }

  async readImage(id: string, read: (tar: Readable) => Promise<void>): Promise<void> {
    try {
      await readDockerImage(this.#docker, this.#scope, id, read);
    } catch (error) {
      if (engineStatus(error) === undefined) throw error;
      throw engineError(error);
    }
  }

  pull(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<void> {
    return dockerPull(this.#docker, reference, login, signal);
  }

  async *events(signal: AbortSignal): AsyncGenerator<string> {
    const filters = JSON.stringify({ type: ['container'], label: scopeFilters(this.#scope) });
    const stream = await this.#ask(() => this.#docker.getEvents({ filters }));
    addAbortSignal(signal, stream as Readable);
    for await (const line of linesOf(stream as AsyncIterable<Uint8Array>)) {
      const event = JSON.parse(line.toString('utf8')) as { Action?: string; Actor?: { ID?: string } };
      // Probes run commands all the time; those change nothing about the container.
      if (event.Action?.startsWith('exec_')) continue;
      if (event.Actor?.ID) yield event.Actor.ID;
    }
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw engineError(error);
    }
  }

  async #onContainer(id: string, call: (container: Docker.Container) => Promise<unknown>): Promise<void> {
    try {
      await call(this.#docker.getContainer(id));
    } catch (error) {
      // 304: it is already so.
      if (engineStatus(error) === 304) return;
      throw notFoundOr(error, id);
    }
  }
}

function notFoundOr(error: unknown, id: string): VigilError {
  // Starting a container whose neighbour (network namespace) is gone is a 404 or 409 too, but names the other one.
  if (engineStatus(error) === 404 && engineMessage(error).includes(id)) {
    return new VigilError('CONTAINER_NOT_FOUND', 'notFound', engineMessage(error), { cause: error });
  }
  return engineError(error);
}

function ignore(status: number): (error: unknown) => void {
  return (error) => {
    if (engineStatus(error) !== status) throw error;
  };
}

function ignoreCode(code: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof VigilError) || error.code !== code) throw error;
  };
}
