import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Clock } from '../../lib/clock.ts';

/** Passes questions about other names on. */
export interface Forwarder {
  /** The upstream's answer as it came, with the identifier of `message`; `undefined` when nobody answered. */
  forward(message: Buffer, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer | undefined>;
}

/** Questions waiting for an upstream at once; beyond it the answer is SERVFAIL, so that a dead upstream costs no memory. */
const MAX_PENDING = 256;
const UPSTREAM_TIMEOUT_MS = 2_000;
const UPSTREAM_PORT = 53;
const MAX_UPSTREAMS = 3;
const ID_BYTES = 2;

/** Name servers of a resolv.conf, without those in `except` (ourselves). */
export function upstreamsOf(resolvConf: string, except: (address: string) => boolean): readonly string[] {
  return resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((address) => address !== undefined)
    .filter((address) => !except(address))
    .slice(0, MAX_UPSTREAMS);
}

/** Asks the machine's own name servers, one after the other. Each question has a socket, and thus a source port, of its own. */
export class UpstreamForwarder implements Forwarder {
  readonly #upstreams: readonly { readonly host: string; readonly port: number }[];
  readonly #clock: Clock;
  #pending = 0;

  constructor(upstreams: readonly string[], clock: Clock, port = UPSTREAM_PORT) {
    this.#upstreams = upstreams.map((host) => ({ host, port }));
    this.#clock = clock;
  }

  async forward(message: Buffer, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer | undefined> {
    if (this.#pending >= MAX_PENDING) return undefined;
    this.#pending++;
    try {
      for (const { host, port } of this.#upstreams) {
        const timeout = new AbortController();
        const cancel = this.#clock.after(UPSTREAM_TIMEOUT_MS, () => timeout.abort());
        const either = AbortSignal.any([signal, timeout.signal]);
        const answered = await (transport === 'udp' ? askUdp : askTcp)(host, port, message, either);
        cancel();
        if (answered) return answered;
        if (signal.aborted) return undefined;
      }
      return undefined;
    } finally {
      this.#pending--;
    }
  }
}

function isAnswerTo(message: Buffer, answer: Buffer): boolean {
  return (
    answer.length >= 12 && answer.readUInt16BE(0) === message.readUInt16BE(0) && (answer.readUInt8(2) & 0x80) !== 0
  );
}

function askUdp(host: string, port: number, message: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    let isOver = false;
    const end = (answer: Buffer | undefined) => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', onAbort);
      socket.close();
      resolve(answer);
    };
    const onAbort = () => end(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', () => end(undefined));
    socket.on('message', (answer) => {
      if (isAnswerTo(message, answer)) end(answer);
    });
    // Connected, so that the kernel drops what comes from anybody else and reports a closed port at once.
    socket.connect(port, host, () => {
      if (!isOver) socket.send(message);
    });
    if (signal.aborted) onAbort();
  });
}

function askTcp(host: string, port: number, message: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const end = (answer: Buffer | undefined) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answer);
    };
    const onAbort = () => end(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('connect', () => socket.write(withLength(message)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < ID_BYTES) return;
      const length = received.readUInt16BE(0);
      if (received.length < length + 2) return;
      const answer = received.subarray(2, length + 2);
      end(isAnswerTo(message, answer) ? answer : undefined);
    });
    if (signal.aborted) onAbort();
  });
}

/** A message as it travels over TCP. */
export function withLength(message: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(message.length, 0);
  return Buffer.concat([head, message]);
}
