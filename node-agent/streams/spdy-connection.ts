import type { Duplex } from 'node:stream';
import { encodeFrame, rstStatus, SpdyFrameParser, type SpdyFrame } from './spdy-frames.ts';
import { HeaderCompressor, HeaderDecompressor, type SpdyHeaders } from './spdy-headers.ts';
import { SpdyStream, type SpdyWire } from './spdy-stream.ts';

/** Streams that one client may hold open: 128 forwarded connections of two streams each. */
const MAX_STREAMS = 256;
/** What one DATA frame of ours carries. */
const MAX_DATA_BYTES = 32 * 1024;

/**
 * The server's side of a SPDY/3.1 connection over any byte stream. `run` hands each stream that the client opens to `onStream` and resolves when the
 * connection is over, however it ended; all streams are destroyed then.
 */
export class SpdyConnection implements SpdyWire {
  readonly #transport: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #compressor = new HeaderCompressor();
  readonly #decompressor = new HeaderDecompressor();
  #lastStreamId = 0;

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
  }

  async run(): Promise<void> {
    const parser = new SpdyFrameParser();
    try {
      for await (const chunk of this.#transport) {
        for (const frame of parser.push(chunk as Buffer)) await this.#handle(frame);
      }
    } finally {
      this.#decompressor.close();
      for (const stream of this.#streams.values()) stream.destroy();
      this.#transport.destroy();
    }
  }

  /** Says goodbye and closes once everything written so far is on the wire. */
  close(): void {
    if (this.#transport.writable) {
      this.#transport.end(encodeFrame({ type: 'goAway', lastStreamId: this.#lastStreamId, status: 0 }));
    }
  }

  sendData(streamId: number, data: Buffer, fin: boolean, done: (error?: Error | null) => void): void {
    if (!this.#transport.writable) {
      done(new Error('the connection is closed'));
      return;
    }
    let start = 0;
    for (; data.length - start > MAX_DATA_BYTES; start += MAX_DATA_BYTES) {
      const part = data.subarray(start, start + MAX_DATA_BYTES);
      this.#transport.write(encodeFrame({ type: 'data', streamId, fin: false, data: part }));
    }
    this.#transport.write(encodeFrame({ type: 'data', streamId, fin, data: data.subarray(start) }), done);
  }

  sendReset(streamId: number): void {
    this.#send({ type: 'rstStream', streamId, status: rstStatus.cancel });
  }

  forget(streamId: number): void {
    this.#streams.delete(streamId);
  }

  async #handle(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case 'synStream': {
        const headers = await this.#decompressor.decompress(frame.headerBlock);
        this.#open(frame.streamId, headers, frame.fin);
        return;
      }
      case 'synReply':
      case 'headers':
        // Nothing is expected in them, but skipping one would put the shared zlib stream out of step.
        await this.#decompressor.decompress(frame.headerBlock);
        return;
      case 'data':
        await this.#streams.get(frame.streamId)?.accepted(frame.data, frame.fin);
        return;
      case 'rstStream': {
        const stream = this.#streams.get(frame.streamId);
        this.#streams.delete(frame.streamId);
        stream?.destroy();
        return;
      }
      case 'ping':
        // Even identifiers would be answers to pings of ours, of which there are none.
        if (frame.id % 2 === 1) this.#send(frame);
        return;
      case 'goAway':
      case 'settings':
      case 'windowUpdate':
      case 'unknown':
        return;
    }
  }

  #open(streamId: number, headers: SpdyHeaders, fin: boolean): void {
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) {
      this.#send({ type: 'rstStream', streamId, status: rstStatus.protocolError });
      return;
    }
    this.#lastStreamId = streamId;
    if (this.#streams.size >= MAX_STREAMS) {
      this.#send({ type: 'rstStream', streamId, status: rstStatus.refusedStream });
      return;
    }
    const stream = new SpdyStream(streamId, headers, this);
    // A stream that breaks ends alone; whoever uses it sees its close.
    stream.on('error', () => {});
    this.#streams.set(streamId, stream);
    this.#send({ type: 'synReply', streamId, fin: false, headerBlock: this.#compressor.compress(new Map()) });
    if (fin) void stream.accepted(Buffer.alloc(0), true);
    this.#onStream(stream);
  }

  #send(frame: Exclude<SpdyFrame, { type: 'unknown' }>): void {
    if (this.#transport.writable) this.#transport.write(encodeFrame(frame));
  }
}
