import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** How channels are written in messages: a first byte, or for text-only clients a first digit and base64. */
export type ChannelCodec = 'binary' | 'base64';

/** v5's message `[255, channel]`: the sender will write no more on that channel. */
const CLOSE_CHANNEL = 255;
/** Unread bytes of a channel beyond which the socket is not read any further. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** One message out; clients read whole messages into memory. */
const MAX_MESSAGE_BYTES = 32 * 1024;

/**
 * The numbered channels of `channel.k8s.io` over one WebSocket, each a byte stream of its own. Only the channels named in the constructor exist; messages for
 * others are dropped. When the socket closes every channel is destroyed.
 */
export class ChannelSocket {
  readonly #socket: WebSocket;
  readonly #codec: ChannelCodec;
  readonly #channels = new Map<number, Channel>();

  constructor(socket: WebSocket, codec: ChannelCodec, numbers: readonly number[]) {
    this.#socket = socket;
    this.#codec = codec;
    for (const number of numbers) {
      const channel = new Channel(
        (data, done) => this.#send(number, data, done),
        () => this.#resumeWhenDrained(),
      );
      channel.on('error', () => {});
      this.#channels.set(number, channel);
    }
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const channel of this.#channels.values()) channel.destroy();
    });
  }

  channel(number: number): Duplex {
    const channel = this.#channels.get(number);
    if (!channel) throw new RangeError(`no channel ${number}`);
    return channel;
  }

  /** Sends an empty message, by which a client knows that the other end is ready. */
  announce(number: number): void {
    this.#send(number, Buffer.alloc(0), () => {});
  }

  /** Closes normally, after what was written. */
  close(): void {
    this.#socket.close(1000);
  }

  #send(number: number, data: Buffer, done: (error?: Error | null) => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      done(new Error('the connection is closed'));
      return;
    }
    let start = 0;
    for (; data.length - start > MAX_MESSAGE_BYTES; start += MAX_MESSAGE_BYTES) {
      this.#socket.send(this.#encode(number, data.subarray(start, start + MAX_MESSAGE_BYTES)));
    }
    this.#socket.send(this.#encode(number, data.subarray(start)), (error) => done(error ?? null));
  }

  #encode(number: number, data: Buffer): Buffer | string {
    if (this.#codec === 'base64') return `${number}${data.toString('base64')}`;
    const message = Buffer.allocUnsafe(data.length + 1);
    message[0] = number;
    data.copy(message, 1);
    return message;
  }

  #receive(message: Buffer, isBinary: boolean): void {
    const decoded = decode(message, isBinary ? 'binary' : 'base64');
    if (!decoded) return;
    if (decoded.number === CLOSE_CHANNEL) {
      this.#channels.get(decoded.data[0] ?? CLOSE_CHANNEL)?.endOfInput();
      return;
    }
    const channel = this.#channels.get(decoded.number);
    if (channel && !channel.receive(decoded.data)) this.#socket.pause();
  }

  #resumeWhenDrained(): void {
    if (this.#socket.isPaused && [...this.#channels.values()].every((channel) => !channel.isLagging))
      this.#socket.resume();
  }
}

/** One channel as a stream. */
class Channel extends Duplex {
  readonly #send: (data: Buffer, done: (error?: Error | null) => void) => void;
  readonly #onRead: () => void;
  #inputEnded = false;
  #isLagging = false;

  constructor(send: (data: Buffer, done: (error?: Error | null) => void) => void, onRead: () => void) {
    super({ allowHalfOpen: true, readableHighWaterMark: MAX_UNREAD_BYTES, autoDestroy: false });
    this.#send = send;
    this.#onRead = onRead;
  }

  /** Whoever reads this channel has not kept up. */
  get isLagging(): boolean {
    return this.#isLagging;
  }

  /** False when the reader lags behind from now on. */
  receive(data: Buffer): boolean {
    if (this.#inputEnded || this.destroyed || data.length === 0) return true;
    this.#isLagging = !this.push(data);
    return !this.#isLagging;
  }

  endOfInput(): void {
    if (this.#inputEnded || this.destroyed) return;
    this.#inputEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#isLagging = false;
    this.#onRead();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#isLagging = false;
    this.#onRead();
    done(error);
  }
}

function decode(message: Buffer, codec: ChannelCodec): { number: number; data: Buffer } | undefined {
  const first = message[0];
  if (first === undefined) return undefined;
  if (codec === 'binary') return { number: first, data: message.subarray(1) };
  const number = first - 0x30;
  if (number < 0 || number > 9) return undefined;
  return { number, data: Buffer.from(message.toString('latin1', 1), 'base64') };
}
