import { VigilError } from '../../lib/errors.ts';

/**
 * Frames of SPDY/3.1, as far as Kubernetes' clients use them. Header blocks stay compressed here, because their compression belongs to the connection.
 * Source: SPDY Protocol Draft 3.1, section 2.6.
 */
export type SpdyFrame =
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | {
      readonly type: 'synStream';
      readonly streamId: number;
      readonly associatedId: number;
      readonly priority: number;
      readonly fin: boolean;
      readonly unidirectional: boolean;
      readonly headerBlock: Buffer;
    }
  | { readonly type: 'synReply'; readonly streamId: number; readonly fin: boolean; readonly headerBlock: Buffer }
  | { readonly type: 'headers'; readonly streamId: number; readonly fin: boolean; readonly headerBlock: Buffer }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'settings'; readonly entries: readonly SpdySetting[] }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'windowUpdate'; readonly streamId: number; readonly delta: number }
  | { readonly type: 'unknown'; readonly controlType: number };

interface SpdySetting {
  readonly id: number;
  readonly flags: number;
  readonly value: number;
}

/** Why a stream was refused or ended; section 2.6.3. */
export const rstStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5, internalError: 6 } as const;

const VERSION = 3;
const HEAD_BYTES = 8;
const FLAG_FIN = 0x01;
const FLAG_UNIDIRECTIONAL = 0x02;
/** Go's clients send at most 32 KiB of data a frame; this leaves room for others and bounds what one frame can make us hold. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;

const controlTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Cuts a byte stream into frames: feed it chunks of any size. Throws `SPDY_FRAME_INVALID`. */
export class SpdyFrameParser {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  push(chunk: Buffer): SpdyFrame[] {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    const frames: SpdyFrame[] = [];
    while (this.#pendingBytes >= HEAD_BYTES) {
      const head = this.#peek(HEAD_BYTES);
      const length = head.readUIntBE(5, 3);
      if (length > MAX_PAYLOAD_BYTES) throw invalid(`a frame of ${length} bytes, at most ${MAX_PAYLOAD_BYTES}`);
      if (this.#pendingBytes < HEAD_BYTES + length) break;
      const whole = this.#take(HEAD_BYTES + length);
      frames.push(decodeFrame(whole.subarray(0, HEAD_BYTES), whole.subarray(HEAD_BYTES)));
    }
    return frames;
  }

  #peek(size: number): Buffer {
    const first = this.#pending[0];
    if (first && first.length >= size) return first;
    const all = Buffer.concat(this.#pending);
    this.#pending = [all];
    return all;
  }

  #take(size: number): Buffer {
    const all = this.#peek(size);
    this.#pendingBytes -= size;
    if (all.length > size) this.#pending[0] = all.subarray(size);
    else this.#pending.shift();
    return all.subarray(0, size);
  }
}

/** The bytes of a frame. */
export function encodeFrame(frame: Exclude<SpdyFrame, { type: 'unknown' }>): Buffer {
  switch (frame.type) {
    case 'data': {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32BE(frame.streamId & 0x7fffffff, 0);
      head.writeUInt8(frame.fin ? FLAG_FIN : 0, 4);
      head.writeUIntBE(frame.data.length, 5, 3);
      return Buffer.concat([head, frame.data]);
    }
    case 'synStream': {
      const fixed = words(frame.streamId, frame.associatedId);
      const flags = (frame.fin ? FLAG_FIN : 0) | (frame.unidirectional ? FLAG_UNIDIRECTIONAL : 0);
      return control('synStream', flags, fixed, Buffer.from([frame.priority << 5, 0]), frame.headerBlock);
    }
    case 'synReply':
    case 'headers':
      return control(frame.type, frame.fin ? FLAG_FIN : 0, words(frame.streamId), frame.headerBlock);
    case 'rstStream':
      return control('rstStream', 0, words(frame.streamId, frame.status));
    case 'settings': {
      const entries = frame.entries.map(({ id, flags, value }) => words((flags << 24) | id, value));
      return control('settings', 0, words(entries.length), ...entries);
    }
    case 'ping':
      return control('ping', 0, words(frame.id));
    case 'goAway':
      return control('goAway', 0, words(frame.lastStreamId, frame.status));
    case 'windowUpdate':
      return control('windowUpdate', 0, words(frame.streamId, frame.delta));
  }
}

function decodeFrame(head: Buffer, payload: Buffer): SpdyFrame {
  const first = head.readUInt32BE(0);
  const flags = head.readUInt8(4);
  const fin = (flags & FLAG_FIN) !== 0;
  if (first < 0x80000000) return { type: 'data', streamId: first, fin, data: payload };
  const version = (first >>> 16) & 0x7fff;
  if (version !== VERSION) throw invalid(`version ${version}, expected ${VERSION}`);
  const controlType = first & 0xffff;
  const word = (index: number): number => {
    if (payload.length < (index + 1) * 4) throw invalid(`control frame ${controlType} ends early`);
    return payload.readUInt32BE(index * 4);
  };
  const id = (index: number) => word(index) & 0x7fffffff;
  switch (controlType) {
    case controlTypes.synStream:
      if (payload.length < 10) throw invalid('SYN_STREAM ends early');
      return {
        type: 'synStream',
        streamId: id(0),
        associatedId: id(1),
        priority: payload.readUInt8(8) >>> 5,
        fin,
        unidirectional: (flags & FLAG_UNIDIRECTIONAL) !== 0,
        headerBlock: payload.subarray(10),
      };
    case controlTypes.synReply:
      return { type: 'synReply', streamId: id(0), fin, headerBlock: payload.subarray(4) };
    case controlTypes.headers:
      return { type: 'headers', streamId: id(0), fin, headerBlock: payload.subarray(4) };
    case controlTypes.rstStream:
      return { type: 'rstStream', streamId: id(0), status: word(1) };
    case controlTypes.settings:
      return { type: 'settings', entries: settings(word(0), word) };
    case controlTypes.ping:
      return { type: 'ping', id: word(0) };
    case controlTypes.goAway:
      return { type: 'goAway', lastStreamId: id(0), status: payload.length >= 8 ? word(1) : 0 };
    case controlTypes.windowUpdate:
      return { type: 'windowUpdate', streamId: id(0), delta: id(1) };
    default:
      return { type: 'unknown', controlType };
  }
}

/** Settings known to the protocol are seven; a peer that sends many more is not one. */
const MAX_SETTINGS = 64;

function settings(count: number, word: (index: number) => number): SpdySetting[] {
  if (count > MAX_SETTINGS) throw invalid(`${count} settings, at most ${MAX_SETTINGS}`);
  return Array.from({ length: count }, (_, index) => {
    const key = word(1 + index * 2);
    return { id: key & 0xffffff, flags: key >>> 24, value: word(2 + index * 2) };
  });
}

function control(type: keyof typeof controlTypes, flags: number, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(0x8000 | VERSION, 0);
  head.writeUInt16BE(controlTypes[type], 2);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function invalid(message: string): VigilError {
  return new VigilError('SPDY_FRAME_INVALID', 'invalid', `SPDY: ${message}`);
}
