import { connect } from 'node:net';
import { failure, success, type CheckOutcome } from './check-outcome.ts';

/** Success as soon as the port takes the connection. */
export function tcpCheck(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<CheckOutcome> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const socket = connect({ host, port });
    const end = (outcome: CheckOutcome) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setTimeout(timeoutMs, () => end(failure(`dial tcp ${host}:${port}: i/o timeout`)));
    socket.once('connect', () => end(success('')));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ECONNREFUSED' ? 'connect: connection refused' : error.message;
      end(failure(`dial tcp ${host}:${port}: ${why}`));
    });
  });
}
