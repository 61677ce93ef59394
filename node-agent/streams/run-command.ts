import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Status } from '../../lib/kube/types.ts';
import { ResizeParser, type CommandOptions, type CommandStreams, type TerminalSize } from './command-streams.ts';
import { statusOfError, statusOfExitCode } from './command-status.ts';
import type { DockerEndpoint } from './docker-endpoint.ts';
import { DockerDemux, written } from './docker-demux.ts';
import type { ContainerTarget } from './stream-targets.ts';

/** Runs a command in a container between the client's streams; resolves with what to tell the client, never rejects. */
export async function runExec(
  docker: DockerEndpoint,
  target: ContainerTarget,
  options: CommandOptions,
  streams: CommandStreams,
  kill: (pid: number) => void,
  clock: Clock,
): Promise<Status> {
  try {
    const { Id: id } = await docker.json<{ Id: string }>('POST', `/containers/${target.containerId}/exec`, {
      AttachStdin: options.stdin,
      AttachStdout: options.stdout,
      AttachStderr: options.stderr,
      Tty: options.tty,
      Cmd: options.command,
    });
    const connection = await docker.hijack(`/exec/${id}/start`, { Detach: false, Tty: options.tty });
    const onGone = () => void killExec(docker, id, connection, kill);
    streams.gone.addEventListener('abort', onGone, { once: true });
    if (streams.gone.aborted) onGone();
    try {
      followResize(streams, clock, (size) => resize(docker, `/exec/${id}`, size));
      await copyStreams(connection, streams, { tty: options.tty, endsInput: true });
    } finally {
      streams.gone.removeEventListener('abort', onGone);
    }
    return statusOfExitCode(await exitCodeOf(docker, id, streams.gone, clock));
  } catch (error) {
    return statusOfError(error);
  }
}

/** Joins the client to the container's main process; resolves when that ends or the client leaves. */
export async function runAttach(
  docker: DockerEndpoint,
  target: ContainerTarget,
  options: CommandOptions,
  streams: CommandStreams,
  clock: Clock,
): Promise<Status> {
  try {
    const query = new URLSearchParams({ stream: '1' });
    if (options.stdin && target.stdin) query.set('stdin', '1');
    if (options.stdout) query.set('stdout', '1');
    if (options.stderr) query.set('stderr', '1');
    const connection = await docker.hijack(`/containers/${target.containerId}/attach?${query.toString()}`, undefined);
    const onGone = () => connection.destroy();
    streams.gone.addEventListener('abort', onGone, { once: true });
    if (streams.gone.aborted) onGone();
    try {
      followResize(streams, clock, (size) => resize(docker, `/containers/${target.containerId}`, size));
      await copyStreams(
        connection,
        options.stdin && target.stdin ? streams : { ...streams, stdin: undefined },
        // Where input is open for later clients too, the engine would take the end of it for the client's leaving and send no more output.
        { tty: target.tty, endsInput: target.stdinOnce },
      );
    } finally {
      streams.gone.removeEventListener('abort', onGone);
    }
    return statusOfExitCode(0);
  } catch (error) {
    return statusOfError(error);
  }
}

interface ExecInspect {
  readonly ExitCode: number | null;
  readonly Running: boolean;
  readonly Pid: number;
}

/**
 * Copies until the engine closes its side. With `endsInput` the end of the client's input half-closes the connection, so that `cat` and `tar x` see the end of
 * file while their output still flows.
 */
async function copyStreams(
  connection: Duplex,
  streams: Pick<CommandStreams, 'stdin' | 'stdout' | 'stderr'>,
  { tty, endsInput }: { readonly tty: boolean; readonly endsInput: boolean },
): Promise<void> {
  connection.on('error', () => connection.destroy());
  streams.stdin?.pipe(connection, { end: endsInput });
  try {
    if (tty) {
      for await (const chunk of connection.iterator({ destroyOnReturn: false })) {
        if (streams.stdout) await written(streams.stdout, chunk as Buffer);
      }
    } else {
      const demux = new DockerDemux(streams.stdout, streams.stderr);
      for await (const chunk of connection.iterator({ destroyOnReturn: false })) await written(demux, chunk as Buffer);
    }
  } catch (error) {
    // A connection that the client's leaving destroyed is an end like any other.
    if (!connection.destroyed) throw error;
  } finally {
    streams.stdin?.unpipe(connection);
    streams.stdin?.resume();
    connection.destroy();
  }
}

/** A command may close its output before it ends, and the engine notes the end a moment after the last byte. */
async function exitCodeOf(docker: DockerEndpoint, id: string, gone: AbortSignal, clock: Clock): Promise<number> {
  for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, MAX_POLL_MS)) {
    const { Running, ExitCode } = await docker.json<ExecInspect>('GET', `/exec/${id}/json`);
    if (!Running && ExitCode !== null) return ExitCode;
    await clock.sleep(waitMs, gone);
  }
}

const MAX_POLL_MS = 500;
/** The first size comes before the process runs, when the engine refuses it. */
const RESIZE_ATTEMPTS = 20;
const RESIZE_RETRY_MS = 50;

/** Applies each size the client sends; when several wait, the last. */
function followResize(streams: CommandStreams, clock: Clock, apply: (size: TerminalSize) => Promise<void>): void {
  const parser = new ResizeParser();
  let wanted: TerminalSize | undefined;
  let isApplying = false;
  const applyWanted = async () => {
    isApplying = true;
    let failures = 0;
    while (wanted && failures < RESIZE_ATTEMPTS) {
      const size = wanted;
      try {
        await apply(size);
        failures = 0;
        if (wanted === size) wanted = undefined;
      } catch {
        failures++;
        await clock.sleep(RESIZE_RETRY_MS);
      }
    }
    isApplying = false;
  };
  streams.resize?.on('data', (chunk: Buffer) => {
    wanted = parser.push(chunk).at(-1) ?? wanted;
    if (wanted && !isApplying) void applyWanted();
  });
}

async function resize(docker: DockerEndpoint, path: string, size: TerminalSize): Promise<void> {
  await docker.json('POST', `${path}/resize?h=${size.height}&w=${size.width}`);
}

/** The engine lets an exec's process run on when its client leaves; nobody would ever end it. */
async function killExec(
  docker: DockerEndpoint,
  id: string,
  connection: Duplex,
  kill: (pid: number) => void,
): Promise<void> {
  try {
    const state = await docker.json<ExecInspect>('GET', `/exec/${id}/json`);
    if (state.Running && state.Pid > 0) kill(state.Pid);
  } catch {
    // Gone already, or the engine is: then there is nothing to kill.
  } finally {
    connection.destroy();
  }
}
