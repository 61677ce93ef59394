import type { Duplex, Writable } from 'node:stream';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { messageOf } from '../../lib/errors.ts';
import { endStream } from './end-stream.ts';
import type { PodDialer } from './pod-dialer.ts';
import type { PodNetworkTarget } from './stream-targets.ts';

/** Where port-forward goes, and how it names it in errors. */
export interface ForwardTarget {
  readonly network: PodNetworkTarget;
  readonly dialer: PodDialer;
  /** `namespace/pod`. */
  readonly pod: string;
}

/** A TCP port, or `undefined` when the text is not one. */
export function parsePort(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/**
 * Carries one client connection to a port of the pod and back until both sides have ended, then ends both streams. What goes wrong is written to `error` as a
 * sentence, which the client prints.
 */
export async function forward(
  target: ForwardTarget,
  port: number,
  data: Duplex,
  error: Writable,
  signal: AbortSignal,
): Promise<void> {
  let socket: Socket | undefined;
  const leave = () => {
    data.destroy();
    error.destroy();
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    socket = await target.dialer.dial(target.network, port, signal);
    await splice(data, socket);
  } catch (failure) {
    if (error.writable) error.write(`error forwarding port ${port} to pod ${target.pod}: ${messageOf(failure)}`);
  } finally {
    socket?.destroy();
    if (signal.aborted) leave();
    await Promise.all([endStream(data), endStream(error)]);
    signal.removeEventListener('abort', leave);
    data.destroy();
  }
}

/** Copies both ways with half-closes kept; resolves when the pod's side has said all it has to say, or the client left. */
async function splice(client: Duplex, pod: Socket): Promise<void> {
  const onClientClose = () => pod.destroy();
  client.once('close', onClientClose);
  pod.on('error', () => pod.destroy());
  client.pipe(pod);
  pod.pipe(client, { end: false });
  try {
    await finished(pod, { writable: false });
  } catch {
    // A reset by the pod ends the connection; the client sees its end.
  } finally {
    client.unpipe(pod);
    client.resume();
    client.off('close', onClientClose);
  }
}
