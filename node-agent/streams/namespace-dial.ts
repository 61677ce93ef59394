import { connect } from 'node:net';
import type { DialAnswer } from './pod-dialer.ts';

/**
 * Run as a process inside a pod's network namespace: connects to loopback on the port given as argument, hands the socket to the parent and ends. A socket
 * stays in the namespace where it was made, so the parent talks to the pod through it without any relay.
 */
const port = Number(process.argv[2]);
const hosts = ['127.0.0.1', '::1'];

function attempt(index: number, firstError: string | undefined): void {
  const host = hosts[index];
  if (host === undefined) {
    answer({ error: firstError ?? 'connection refused' });
    return;
  }
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  socket.once('error', (error: NodeJS.ErrnoException) =>
    // Most pods have no IPv6 loopback, so what IPv4 said is what matters.
    attempt(index + 1, firstError ?? (error.code === 'ECONNREFUSED' ? 'connection refused' : error.message)),
  );
  socket.once('connect', () => process.send?.({}, socket, {}, () => process.disconnect()));
}

function answer(message: DialAnswer): void {
  process.send?.(message, undefined, {}, () => process.disconnect());
}

attempt(0, undefined);
