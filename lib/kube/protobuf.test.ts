import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProtobuf } from './protobuf.ts';

/** A length-delimited field. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function whole(number: number, value: bigint | number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function envelope(apiVersion: string, kind: string, ...fields: readonly Buffer[]): Buffer {
  const typeMeta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, Buffer.concat([...fields]))]);
}

const metadata = (name: string) => field(1, Buffer.concat([field(1, name), field(5, ''), whole(7, 0), field(8, '')]));

describe('protobuf bodies', () => {
  test('become what the JSON form would be: empty fields left out, null times never written', () => {
    expect(decodeProtobuf(envelope('v1', 'Namespace', metadata('shop'), field(2, ''), field(3, field(1, ''))))).toEqual(
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop' },
        spec: {},
        status: {},
      },
    );
  });

  test('keep what a pointer says even when it is zero, and signed numbers', () => {
    const spec = Buffer.concat([whole(1, 0), whole(5, 0), whole(9, -1n)]);
    expect(decodeProtobuf(envelope('apps/v1', 'Deployment', field(2, spec)))['spec']).toEqual({
      replicas: 0,
      progressDeadlineSeconds: -1,
    });
  });

  test('have inlined structs, numbers or names of ports, quantities, bytes and maps in their JSON form', () => {
    const port = field(2, Buffer.concat([whole(1, 1), whole(2, 0), field(3, 'health')]));
    const probe = Buffer.concat([field(1, field(2, Buffer.concat([field(1, '/ok'), port]))), whole(4, 5)]);
    const limits = field(8, field(1, Buffer.concat([field(1, 'cpu'), field(2, field(1, '200m'))])));
    const container = field(2, Buffer.concat([field(1, 'main'), limits, field(10, probe)]));
    expect(decodeProtobuf(envelope('v1', 'Pod', metadata('p'), field(2, container)))['spec']).toEqual({
      containers: [
        {
          name: 'main',
          resources: { limits: { cpu: '200m' } },
          livenessProbe: { httpGet: { path: '/ok', port: 'health' }, periodSeconds: 5 },
        },
      ],
    });
    const data = field(2, Buffer.concat([field(1, 'key'), field(2, Buffer.from([0xff, 0]))]));
    expect(decodeProtobuf(envelope('v1', 'Secret', data))['data']).toEqual({ key: '/wA=' });
  });

  test('times are RFC 3339, micro times with six digits', () => {
    const time = Buffer.concat([whole(1, 1_700_000_000), whole(2, 123_456_789)]);
    const lease = Buffer.concat([field(1, 'me'), field(3, time)]);
    expect(decodeProtobuf(envelope('coordination.k8s.io/v1', 'Lease', field(2, lease)))['spec']).toMatchObject({
      acquireTime: '2023-11-14T22:13:20.123456Z',
    });
  });

  test('a key named __proto__ is a key', () => {
    const entry = field(11, Buffer.concat([field(1, '__proto__'), field(2, 'x')]));
    const { labels } = decodeProtobuf(envelope('v1', 'ConfigMap', field(1, entry)))['metadata'] as { labels: object };
    expect(Object.keys(labels)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
  });

  test('fields of a newer version are passed over', () => {
    expect(decodeProtobuf(envelope('v1', 'Namespace', whole(99, 5), field(98, 'x')))).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
    });
  });

  test.each([
    [Buffer.from('{}'), 'does not begin with the protobuf prefix'],
    [envelope('v1', 'Nonsense'), 'no protobuf form of v1 Nonsense'],
    [envelope('v1', 'Namespace', field(1, 'ab').subarray(0, 3)), 'ends in the middle'],
  ])('what is not well formed is refused (%#)', (body, message) => {
    expect(() => decodeProtobuf(body)).toThrow(message);
  });

  test('no bytes whatever do anything but decode or be refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeProtobuf(envelope('v1', 'Pod', Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
