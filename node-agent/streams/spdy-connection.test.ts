import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/contract/agentnet/eventually.ts';
import { SpdyConnection } from './spdy-connection.ts';
import { encodeFrame, SpdyFrameParser, type SpdyFrame } from './spdy-frames.ts';
import { firstHeader, HeaderCompressor } from './spdy-headers.ts';
import type { SpdyStream } from './spdy-stream.ts';

/** A client that speaks frames, over a pair of streams. */
class Client {
  readonly frames: SpdyFrame[] = [];
  readonly #compressor = new HeaderCompressor();
  readonly #transport: Duplex;

  constructor(transport: Duplex) {
    this.#transport = transport;
    const parser = new SpdyFrameParser();
    transport.on('data', (chunk: Buffer) => this.frames.push(...parser.push(chunk)));
  }

  open(streamId: number, headers: Readonly<Record<string, string>> = {}): void {
    const headerBlock = this.#compressor.compress(
      new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    );
    this.send({
      type: 'synStream',
      streamId,
      associatedId: 0,
      priority: 0,
      fin: false,
      unidirectional: false,
      headerBlock,
    });
  }

  send(frame: Exclude<SpdyFrame, { type: 'unknown' }>): boolean {
    return this.#transport.write(encodeFrame(frame));
  }

  end(): void {
    this.#transport.end();
  }

  data(streamId: number): string {
    return Buffer.concat(
      this.frames.flatMap((frame) => (frame.type === 'data' && frame.streamId === streamId ? [frame.data] : [])),
    ).toString();
  }

  has(type: SpdyFrame['type'], streamId: number): boolean {
    return this.frames.some((frame) => frame.type === type && 'streamId' in frame && frame.streamId === streamId);
  }
}

function connect() {
  const [near, far] = duplexPair();
  const streams: SpdyStream[] = [];
  const connection = new SpdyConnection(far, (stream) => streams.push(stream));
  const over = connection.run();
  return { client: new Client(near), streams, over, connection };
}

describe('a SPDY connection', () => {
  test('hands over streams with their headers, and carries data both ways', async () => {
    const { client, streams } = connect();
    client.open(1, { streamType: 'data', port: '80' });
    client.send({ type: 'data', streamId: 1, fin: true, data: Buffer.from('hello') });
    await eventually(() => streams.length).toBe(1);
    const [stream] = streams;
    expect(stream && firstHeader(stream.headers, 'streamtype')).toBe('data');
    let received = '';
    stream?.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await eventually(() => received).toBe('hello');
    stream?.end('answer');
    await eventually(() => client.data(1)).toBe('answer');
    expect(client.has('synReply', 1)).toBe(true);
    await eventually(() => client.frames.at(-1)).toMatchObject({ type: 'data', streamId: 1, fin: true });
  });

  test('answers pings', async () => {
    const { client } = connect();
    client.send({ type: 'ping', id: 7 });
    await eventually(() => client.frames).toEqual([{ type: 'ping', id: 7 }]);
  });

  test('refuses streams beyond the bound, and identifiers that go back', async () => {
    const { client, streams } = connect();
    for (let id = 1; id <= 2 * 257; id += 2) client.open(id);
    client.open(3);
    await eventually(() => client.has('rstStream', 3)).toBe(true);
    expect(streams).toHaveLength(256);
    expect(client.has('rstStream', 513)).toBe(true);
  });

  test('a reset ends one stream and leaves the others', async () => {
    const { client, streams } = connect();
    client.open(1);
    client.open(3);
    client.send({ type: 'rstStream', streamId: 1, status: 5 });
    await eventually(() => streams[0]?.destroyed).toBe(true);
    streams[1]?.write('still here');
    await eventually(() => client.data(3)).toBe('still here');
  });

  test('the end of the connection ends all streams', async () => {
    const { client, streams, over } = connect();
    client.open(1);
    await eventually(() => streams.length).toBe(1);
    client.end();
    await over;
    expect(streams[0]?.destroyed).toBe(true);
  });

  test('a reader that does not keep up stops the sender', async () => {
    const { client, streams } = connect();
    client.open(1);
    await eventually(() => streams.length).toBe(1);
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    while (sent < 64 && client.send({ type: 'data', streamId: 1, fin: false, data: chunk })) {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(16);
    streams[0]?.resume();
    await eventually(() => client.send({ type: 'data', streamId: 1, fin: false, data: Buffer.alloc(1) })).toBe(true);
  });

  test('a frame that makes no sense ends the connection', async () => {
    const [near, far] = duplexPair();
    near.on('error', () => {});
    const over = new SpdyConnection(far, () => {}).run();
    near.write('GET / HTTP/1.1\r\n\r\n');
    await expect(over).rejects.toMatchObject({ code: 'SPDY_FRAME_INVALID' });
    expect(far.destroyed).toBe(true);
  });
});
