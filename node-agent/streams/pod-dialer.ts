import { connect, type Socket } from 'node:net';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { PodNetworkTarget } from './stream-targets.ts';

/** Opens a connection to a port of a pod; rejects with `POD_UNREACHABLE`. */
export interface PodDialer {
  dial(target: PodNetworkTarget, port: number, signal: AbortSignal): Promise<Socket>;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Each is a process of some 40 MiB for a tenth of a second. */
const MAX_NAMESPACE_DIALS = 4;

/**
 * Dials the pod's address, which costs nothing; a server that listens only on the pod's loopback refuses that, and is dialled from inside the pod's network
 * namespace by a short-lived process that hands the connected socket back.
 */
export class NamespacePodDialer implements PodDialer {
  readonly #clock: Clock;
  #dialing = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async dial(target: PodNetworkTarget, port: number, signal: AbortSignal): Promise<Socket> {
    const deadline = new AbortController();
    const cancel = this.#clock.after(CONNECT_TIMEOUT_MS, () => deadline.abort(new Error('connection timed out')));
    const either = AbortSignal.any([signal, deadline.signal]);
    try {
      const hosts = target.hostNetwork ? ['127.0.0.1', target.podIP] : [target.podIP];
      for (const host of hosts) {
        const socket = await connectTo(host, port, either).catch(() => undefined);
        if (socket) return socket;
        either.throwIfAborted();
      }
      if (target.hostNetwork) throw new Error('connection refused');
      return await this.#dialInside(target.pid, port, either);
    } catch (error) {
      throw new VigilError(
        'POD_UNREACHABLE',
        'transient',
        `failed to connect to localhost:${port} inside the pod: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    } finally {
      cancel();
    }
  }

  async #dialInside(pid: number, port: number, signal: AbortSignal): Promise<Socket> {
    if (!Number.isInteger(pid) || pid <= 0) throw new Error('the pod has no running sandbox');
    while (this.#dialing >= MAX_NAMESPACE_DIALS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#dialing++;
    try {
      signal.throwIfAborted();
      return await receiveSocket(pid, port, signal);
    } finally {
      this.#dialing--;
      this.#waiting.shift()?.();
    }
  }
}

/** What `namespace-dial.ts` answers with; the socket travels beside it. */
export interface DialAnswer {
  readonly error?: string;
}

function receiveSocket(pid: number, port: number, signal: AbortSignal): Promise<Socket> {
  const script = join(import.meta.dirname, 'namespace-dial.ts');
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, process.execPath, script, String(port)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { NODE_OPTIONS: '--max-old-space-size=32' },
    signal,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (answer: DialAnswer, socket) => {
      if (socket) resolve(socket as Socket);
      else reject(new Error(answer.error ?? 'connection refused'));
    });
    child.on('exit', () => reject(new Error('the dialling process ended early')));
  });
}

function connectTo(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const onAbort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
