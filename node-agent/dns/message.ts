import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type Packet,
} from 'dns-packet';
import type { DnsRecord } from './answer.ts';

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof rcodes;

/** What a client takes over UDP unless it says more; and the most we send, whatever it says. */
const MIN_UDP_BYTES = 512;
const MAX_UDP_BYTES = 4096;
const HEAD_BYTES = 12;
const MAX_NAME_CHARS = 255;

/** A query that can be answered: exactly one question of an understood kind. */
export interface Query {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly recursionDesired: boolean;
  /** Bytes that fit into a UDP answer. */
  readonly udpBytes: number;
  readonly hasEdns: boolean;
}

export type ParsedQuery =
  | { readonly kind: 'query'; readonly query: Query }
  /** Answer with this code and nothing else. */
  | { readonly kind: 'refuse'; readonly id: number; readonly rcode: Rcode }
  /** Not a query at all: no answer, lest two servers talk to each other for ever. */
  | { readonly kind: 'drop' };

/** Reads a message off the wire; never throws. */
export function parseQuery(message: Buffer): ParsedQuery {
  if (message.length < HEAD_BYTES) return { kind: 'drop' };
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return { kind: 'drop' };
  if (((flags >> 11) & 0xf) !== 0) return { kind: 'refuse', id, rcode: 'NOTIMP' };
  let packet: Packet;
  try {
    packet = decode(message);
  } catch {
    return { kind: 'refuse', id, rcode: 'FORMERR' };
  }
  const question = packet.questions?.[0];
  if (!question || packet.questions?.length !== 1 || question.name.length > MAX_NAME_CHARS)
    return { kind: 'refuse', id, rcode: 'FORMERR' };
  const edns = packet.additionals?.find((record) => record.type === 'OPT');
  const udpBytes = edns?.type === 'OPT' ? edns.udpPayloadSize : MIN_UDP_BYTES;
  return {
    kind: 'query',
    query: {
      id,
      name: question.name === '.' ? '' : question.name,
      type: question.type,
      recursionDesired: (flags & RECURSION_DESIRED) !== 0,
      udpBytes: Math.min(Math.max(udpBytes, MIN_UDP_BYTES), MAX_UDP_BYTES),
      hasEdns: edns !== undefined,
    },
  };
}

export interface ResponseBody {
  readonly rcode: Rcode;
  readonly isAuthoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/**
 * Writes a response of at most `maxBytes`: additional records go first, then answers until it fits, with the bit set that makes clients ask again over TCP.
 */
export function encodeResponse(query: Query, body: ResponseBody, maxBytes: number): Buffer {
  const whole = encodeWith(query, body, false);
  if (whole.length <= maxBytes) return whole;
  const bare = encodeWith(query, { ...body, additionals: [] }, false);
  if (bare.length <= maxBytes) return bare;
  let [fits, count] = [0, body.answers.length];
  while (fits < count) {
    const middle = Math.ceil((fits + count) / 2);
    const part = { ...body, answers: body.answers.slice(0, middle), authorities: [], additionals: [] };
    if (encodeWith(query, part, true).length <= maxBytes) fits = middle;
    else count = middle - 1;
  }
  return encodeWith(query, { ...body, answers: body.answers.slice(0, fits), authorities: [], additionals: [] }, true);
}

/** A response that carries only a code, for messages of which nothing but the head could be read. */
export function encodeRefusal(id: number, rcode: Rcode): Buffer {
  return encode({ type: 'response', id, flags: rcodes[rcode], questions: [] });
}

function encodeWith(query: Query, body: ResponseBody, isTruncated: boolean): Buffer {
  const flags =
    rcodes[body.rcode] |
    RECURSION_AVAILABLE |
    (query.recursionDesired ? RECURSION_DESIRED : 0) |
    (body.isAuthoritative ? AUTHORITATIVE_ANSWER : 0) |
    (isTruncated ? TRUNCATED_RESPONSE : 0);
  return encode({
    type: 'response',
    id: query.id,
    flags,
    questions: [{ name: query.name, type: query.type as 'A', class: 'IN' }],
    answers: body.answers.map(toPacket),
    authorities: body.authorities.map(toPacket),
    additionals: [
      ...body.additionals.map(toPacket),
      ...(query.hasEdns
        ? [
            {
              type: 'OPT' as const,
              name: '.' as const,
              udpPayloadSize: MAX_UDP_BYTES,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ]
        : []),
    ],
  });
}

function toPacket(record: DnsRecord): NonNullable<Packet['answers']>[number] {
  return { class: 'IN', ...record };
}
