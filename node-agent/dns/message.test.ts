import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DnsRecord } from './answer.ts';
import { encodeResponse, parseQuery, type Query } from './message.ts';
import { upstreamsOf } from './forwarder.ts';

const query: Query = { id: 7, name: 'a.example', type: 'A', recursionDesired: true, udpBytes: 512, hasEdns: false };
const records = (count: number): DnsRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'A',
    name: 'a.example',
    ttl: 5,
    data: `10.0.${index >> 8}.${index & 255}`,
  }));
const body = (answers: readonly DnsRecord[]) =>
  ({ rcode: 'NOERROR', isAuthoritative: true, answers, authorities: [], additionals: [] }) as const;

describe('reading questions', () => {
  test('a question of a client is understood', () => {
    const message = encode({
      type: 'query',
      id: 99,
      flags: RECURSION_DESIRED,
      questions: [{ type: 'AAAA', name: 'Web.Default' }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 1232,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    });
    expect(parseQuery(message)).toEqual({
      kind: 'query',
      query: { id: 99, name: 'Web.Default', type: 'AAAA', recursionDesired: true, udpBytes: 1232, hasEdns: true },
    });
  });

  test('an answer is not answered, lest two servers talk for ever', () => {
    expect(parseQuery(encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'a' }] }))).toEqual({
      kind: 'drop',
    });
  });

  test('other operations and messages without exactly one question are refused', () => {
    const update = encode({ type: 'query', id: 3, flags: 5 << 11, questions: [{ type: 'A', name: 'a' }] });
    expect(parseQuery(update)).toEqual({ kind: 'refuse', id: 3, rcode: 'NOTIMP' });
    expect(parseQuery(encode({ type: 'query', id: 4, questions: [] }))).toMatchObject({
      kind: 'refuse',
      rcode: 'FORMERR',
    });
  });

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['query', 'refuse', 'drop']).toContain(parseQuery(Buffer.from(bytes)).kind);
      }),
    );
  });
});

describe('writing answers', () => {
  test('fits what the client takes, and says so when something is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 512, max: 4096 }), (count, maxBytes) => {
        const message = encodeResponse(query, body(records(count)), maxBytes);
        expect(message.length).toBeLessThanOrEqual(maxBytes);
        const read = decode(message);
        expect(read.flag_tc).toBe((read.answers?.length ?? 0) < count);
      }),
      { numRuns: 50 },
    );
  });

  test('additional records go before answers do', () => {
    const whole = { ...body(records(10)), additionals: records(30) };
    const read = decode(encodeResponse(query, whole, 512));
    expect(read).toMatchObject({ flag_tc: false });
    expect(read.answers).toHaveLength(10);
    expect(read.additionals).toHaveLength(0);
  });
});

describe('the name servers of the machine', () => {
  test('are taken from resolv.conf without ourselves', () => {
    const text = '# nameserver 9.9.9.9\nnameserver 10.244.1.1\n nameserver 192.0.2.53\nnameserver fd00::53\nsearch x\n';
    expect(upstreamsOf(text, (address) => address === '10.244.1.1')).toEqual(['192.0.2.53', 'fd00::53']);
    expect(upstreamsOf('', () => false)).toEqual([]);
  });
});
