import type { WebSocket } from 'ws';
import { VigilError } from '../../lib/errors.ts';
import type { Status } from '../../lib/kube/types.ts';
import type { KctlContext } from '../command.ts';

/** First byte of each message of `v4/v5.channel.k8s.io`. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** Unsent bytes at which standard input is paused. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** Joins a remote command to this process's streams; resolves with its exit code. */
export function runRemote(
  socket: WebSocket,
  options: { readonly stdin: boolean; readonly tty: boolean },
  context: KctlContext,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let exitCode = 0;
    const stdin = context.stdin as NodeJS.ReadStream;
    const send = (to: number, bytes: Uint8Array) => socket.send(Buffer.concat([Buffer.from([to]), bytes]));
    const resize = () => {
      const { columns, rows } = context.stdout as NodeJS.WriteStream;
      send(channel.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
    };
    const onInput = (chunk: Buffer) => {
      send(channel.stdin, chunk);
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
        stdin.pause();
        setTimeout(() => stdin.resume(), 20);
      }
    };
    const onInputEnd = () => {
      if (socket.protocol.startsWith('v5')) socket.send(Buffer.from([channel.close, channel.stdin]));
    };
    const release = () => {
      stdin.off('data', onInput);
      stdin.off('end', onInputEnd);
      stdin.pause();
      if (options.tty) {
        stdin.setRawMode(false);
        context.stdout.off('resize', resize);
      }
    };
    if (options.stdin) {
      stdin.on('data', onInput);
      stdin.on('end', onInputEnd);
    }
    if (options.tty) {
      stdin.setRawMode(true);
      context.stdout.on('resize', resize);
      resize();
    }
    context.signal.addEventListener('abort', () => socket.terminate(), { once: true });
    socket.on('message', (data: Buffer) => {
      const rest = data.subarray(1);
      if (data[0] === channel.stdout) context.stdout.write(rest);
      else if (data[0] === channel.stderr) context.stderr.write(rest);
      else if (data[0] === channel.error && rest.length > 0) {
        const status = JSON.parse(rest.toString('utf8')) as Status;
        const code = exitCodeOf(status);
        if (code === undefined)
          reject(new VigilError('EXEC_FAILED', 'terminal', status.message ?? 'the command could not be run'));
        else exitCode = code;
      }
    });
    socket.once('close', () => {
      release();
      resolve(exitCode);
    });
    socket.once('error', (error) => {
      release();
      reject(error);
    });
  });
}

/** Exit code of the Status on the error channel; `undefined` when the command never ran. */
function exitCodeOf(status: Status): number | undefined {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find((item) => item.reason === 'ExitCode');
  return cause?.message === undefined ? undefined : Number(cause.message);
}
