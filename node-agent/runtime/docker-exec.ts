import { once } from 'node:events';
import { Writable } from 'node:stream';
import type Docker from 'dockerode';
import { messageOf, VigilError } from '../../lib/errors.ts';
import { DockerDemux } from '../streams/docker-demux.ts';
import type { ExecLimits, ExecOutcome } from './runtime.ts';

/**
 * Runs a command in a container and waits for its end. The engine cannot kill a command once it runs, so one that outlives its time is killed by the process ID
 * that the engine tells (engine and agent share a machine).
 */
export async function dockerExec(
  docker: Docker,
  id: string,
  command: readonly string[],
  limits: ExecLimits,
  signal?: AbortSignal,
): Promise<ExecOutcome> {
  const exec = await docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: false, stdin: false });
  const output = new BoundedText(limits.maxOutputBytes);
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const demux = new DockerDemux(output, output);
  try {
    stream.pipe(demux);
    await once(demux, 'finish', { signal: stop });
  } catch (error) {
    stream.destroy();
    if (!stop.aborted) throw error;
    await killExec(exec);
    signal?.throwIfAborted();
    throw new VigilError('EXEC_TIMEOUT', 'transient', `command timed out: ${command.join(' ')} timed out`);
  }
  const { ExitCode: exitCode } = await exec.inspect();
  return { exitCode: exitCode ?? 0, output: output.text };
}

async function killExec(exec: Docker.Exec): Promise<void> {
  try {
    const { Running: isRunning, Pid: pid } = await exec.inspect();
    if (isRunning && pid > 1) process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself just now, or belongs to an engine on another machine; there is nobody to tell.
    void messageOf(error);
  }
}

/** Keeps the first bytes and drops the rest, so that a talkative command is still drained. */
class BoundedText extends Writable {
  readonly #chunks: Buffer[] = [];
  #leftBytes: number;

  constructor(maxBytes: number) {
    super();
    this.#leftBytes = maxBytes;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const part = chunk.subarray(0, this.#leftBytes);
    this.#leftBytes -= part.length;
    if (part.length > 0) this.#chunks.push(Buffer.from(part));
    done();
  }
}
